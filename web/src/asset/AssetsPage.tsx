import { Badge, Button, Group, Select, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { DataTableColumn } from 'mantine-datatable'
import { gql } from '@/graphql/client'
import {
  type AssetSortByEnum,
  AssetsDocument,
  type AssetsQuery,
  TagsDocument,
} from '@/graphql/generated/graphql'
import { useCompany } from '@/session/viewer'
import { WithCompany } from '@/session/WithCompany'
import { AppLink } from '@/shared/AppLink'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { PageHeader } from '@/shared/PageHeader'
import { RelativeTime } from '@/shared/RelativeTime'
import { SearchInput } from '@/shared/SearchInput'
import { SeverityCounts } from '@/shared/Severity'
import { EmptyState } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { plural, sentence } from '@/shared/words'
import { EditAssetDialog } from './EditAssetDialog'
import { RiskScore } from './RiskScore'
import type { ASSET_SORTS, AssetsSearch } from './search'

type AssetRow = AssetsQuery['assets']['collection'][number]

const route = getRouteApi('/shell/assets')

const COLUMNS: DataTableColumn<AssetRow>[] = [
  {
    accessor: 'name',
    title: 'Name',
    sortable: true,
    render: (asset) => (
      <AppLink to="/assets/$assetId" params={{ assetId: asset.id }} fw={600}>
        {asset.name ?? `Asset ${asset.id}`}
      </AppLink>
    ),
  },
  {
    accessor: 'risk_score',
    title: 'Risk score',
    sortable: true,
    render: (asset) => <RiskScore value={asset.riskScore?.current?.value} />,
  },
  {
    accessor: 'openIssues',
    title: 'Open vulnerabilities',
    render: (asset) => <SeverityCounts counts={asset.openIssues} />,
  },
  {
    accessor: 'business_impact',
    title: 'Business impact',
    sortable: true,
    render: (asset) =>
      asset.businessImpact ? (
        sentence(asset.businessImpact)
      ) : (
        <Text span inherit c="dimmed">
          Not set
        </Text>
      ),
  },
  {
    accessor: 'integrations',
    title: 'Integrations',
    render: (asset) => (
      <Group gap={4}>
        {(asset.integrations ?? []).map((name) => (
          <Badge key={name} variant="default" size="sm" tt="none" fw={500}>
            {integrationName(name)}
          </Badge>
        ))}
      </Group>
    ),
  },
  {
    accessor: 'updated_at',
    title: 'Last updated',
    sortable: true,
    render: (asset) => <RelativeTime at={asset.updatedAt} />,
  },
]

/** The name people know for the word of the API. */
export function integrationName(word: string) {
  return word.toUpperCase().replaceAll('-', '_') === 'DEPENDENCY_TRACK' ? 'Dependency-Track' : sentence(word)
}

export function AssetsPage() {
  return <WithCompany>{(companyId) => <Assets companyId={companyId} />}</WithCompany>
}

function Assets({ companyId }: { companyId: string }) {
  const {
    q,
    tag,
    page = 1,
    sort = 'risk_score',
    order = sort === 'name' ? 'ASC' : 'DESC',
  } = route.useSearch()
  const setList = useListState<AssetsSearch>()
  const navigate = useNavigate()
  const { role } = useCompany()
  const [creating, create] = useDisclosure(false)
  const mayEdit = role !== 'READER' && role !== 'DEVELOPER'
  const assets = useQuery({
    queryKey: ['assets', companyId, { q, tag, page, sort, order }],
    queryFn: () =>
      gql(AssetsDocument, {
        companyId,
        page,
        limit: PAGE_SIZE,
        search: { search: q ?? null, tags: tag ? [tag] : null, sortBy: sort as AssetSortByEnum, order },
      }),
    select: (data) => data.assets,
    placeholderData: keepPreviousData,
  })
  const tags = useQuery({
    queryKey: ['tags', companyId],
    queryFn: () => gql(TagsDocument, { companyId }),
    select: (data) => data.tags.collection.map((one) => one.name),
  })
  const count = assets.data?.metadata.totalCount
  return (
    <>
      <PageHeader
        title="Assets"
        description={count === undefined ? 'What your company runs and builds' : plural(count, 'asset')}
        actions={
          <>
            <SearchInput
              label="Search assets"
              value={q ?? ''}
              onChange={(text) => setList({ q: text || undefined })}
            />
            <Select
              aria-label="Tag"
              placeholder="Any tag"
              data={tags.data ?? []}
              value={tag ?? null}
              onChange={(value) => setList({ tag: value ?? undefined })}
              clearable
              w={160}
            />
            {mayEdit && (
              <Button
                variant="default"
                leftSection={<IconPlus size={16} aria-hidden />}
                onClick={create.open}
              >
                New asset
              </Button>
            )}
          </>
        }
      />
      <DataGrid
        label="Assets"
        columns={COLUMNS}
        records={assets.data?.collection}
        fetching={assets.isPlaceholderData}
        error={assets.error}
        onRetry={assets.refetch}
        total={count}
        page={page}
        onPage={(next) => setList({ page: next })}
        sort={{ columnAccessor: sort, direction: order === 'ASC' ? 'asc' : 'desc' }}
        onSort={(status) =>
          setList({
            sort: status.columnAccessor as (typeof ASSET_SORTS)[number],
            order: status.direction === 'asc' ? 'ASC' : 'DESC',
          })
        }
        minWidth={860}
        empty={
          q || tag ? (
            <EmptyState
              title={q ? `No asset matches “${q}”` : `No asset has the tag “${tag}”`}
              action={
                <Button variant="default" onClick={() => setList({ q: undefined, tag: undefined })}>
                  Clear search
                </Button>
              }
            />
          ) : (
            <EmptyState
              title="No assets yet"
              action={
                <Button
                  renderRoot={(props) => (
                    <Link to="/integrations/dependency-track" search={{ step: 'configuration' }} {...props} />
                  )}
                >
                  Import from Dependency-Track
                </Button>
              }
            >
              Assets come from projects of a connected Dependency-Track, the built-in component analysis
              included.
            </EmptyState>
          )
        }
      />
      <EditAssetDialog
        companyId={companyId}
        opened={creating}
        onClose={create.close}
        onSaved={(assetId) => void navigate({ to: '/assets/$assetId', params: { assetId } })}
      />
    </>
  )
}
