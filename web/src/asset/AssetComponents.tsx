import { Badge, Button, Group, Switch, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { gql } from '@/graphql/client'
import { AssetComponentsDocument, type AssetComponentsQuery } from '@/graphql/generated/graphql'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { SearchInput } from '@/shared/SearchInput'
import { SeverityCounts } from '@/shared/Severity'
import { EmptyState } from '@/shared/States'
import { plural } from '@/shared/words'

type Row = NonNullable<AssetComponentsQuery['asset']>['sbom']['collection'][number]

const COLUMNS: DataTableColumn<Row>[] = [
  {
    accessor: 'name',
    title: 'Component',
    render: (row) => (
      <Text span size="sm" fw={600} title={row.purl ?? undefined}>
        {row.name}
      </Text>
    ),
  },
  { accessor: 'version', title: 'Version', render: (row) => row.version || '–' },
  { accessor: 'packageManager', title: 'Packages', render: (row) => row.packageManager ?? '–' },
  { accessor: 'license', title: 'Licence', render: (row) => row.license ?? '–' },
  {
    accessor: 'cves',
    title: 'Vulnerabilities',
    render: (row) => (
      <Group gap={4}>
        {row.cves.slice(0, 3).map((id) => (
          <Badge key={id} variant="default" size="sm" tt="none" fw={500}>
            {id}
          </Badge>
        ))}
        {row.cves.length > 3 && (
          <Text span size="xs" c="dimmed">
            and {row.cves.length - 3} more
          </Text>
        )}
      </Group>
    ),
  },
  {
    accessor: 'issuesBySeverity',
    title: 'Open issues',
    render: (row) => <SeverityCounts counts={row.issuesBySeverity} />,
  },
]

/** What an asset is made of, as its last SBOM says. */
export function AssetComponents({ assetId }: { assetId: string }) {
  const [q, setQ] = useState('')
  const [page, setPage] = useState(1)
  const [vulnerable, setVulnerable] = useState(false)
  const components = useQuery({
    queryKey: ['asset', assetId, 'components', { q, page, vulnerable }],
    queryFn: () =>
      gql(AssetComponentsDocument, {
        id: assetId,
        page,
        limit: PAGE_SIZE,
        search: { name: q || null, vulnerableOnly: vulnerable },
      }),
    select: (data) => data.asset?.sbom,
    placeholderData: keepPreviousData,
  })
  const total = components.data?.metadata.totalCount
  return (
    <>
      <Group mb="sm">
        <SearchInput
          label="Search components"
          hotkey={false}
          value={q}
          onChange={(text) => {
            setQ(text)
            setPage(1)
          }}
        />
        <Switch
          label="Only those with open issues"
          checked={vulnerable}
          onChange={(event) => {
            setVulnerable(event.currentTarget.checked)
            setPage(1)
          }}
        />
        <Text size="sm" c="dimmed" ml="auto" role="status">
          {total === undefined ? '' : plural(total, 'component')}
        </Text>
      </Group>
      <DataGrid
        label="Components"
        columns={COLUMNS}
        records={components.data?.collection}
        fetching={components.isPlaceholderData}
        error={components.error}
        onRetry={components.refetch}
        total={total}
        page={page}
        onPage={setPage}
        minWidth={860}
        empty={
          q || vulnerable ? (
            <EmptyState
              title="No component matches"
              action={
                <Button
                  variant="default"
                  onClick={() => {
                    setQ('')
                    setVulnerable(false)
                  }}
                >
                  Show all
                </Button>
              }
            />
          ) : (
            <EmptyState title="No components yet">
              They come with an SBOM: import one here, or synchronize the asset with its project.
            </EmptyState>
          )
        }
      />
    </>
  )
}
