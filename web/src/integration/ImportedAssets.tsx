import { Button, Group, Progress, Stack, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { gql } from '@/graphql/client'
import { ImportedAssetsDocument, type ImportedAssetsQuery } from '@/graphql/generated/graphql'
import { AppLink } from '@/shared/AppLink'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { RelativeTime } from '@/shared/RelativeTime'
import { SearchInput } from '@/shared/SearchInput'
import { EmptyState, OperationErrorText } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { isActive, PHASE_LABEL, percent, RunStateBadge } from '@/sync/RunState'

type Row = NonNullable<ImportedAssetsQuery['integration']>['assets']['collection'][number]

const COLUMNS: DataTableColumn<Row>[] = [
  {
    accessor: 'asset',
    title: 'Asset',
    render: (row) => (
      <AppLink to="/assets/$assetId" params={{ assetId: row.asset.id }} fw={600}>
        {row.asset.name}
      </AppLink>
    ),
  },
  {
    accessor: 'project',
    title: 'Project',
    render: (row) => [row.externalProject.name, row.externalProject.version].filter(Boolean).join(' '),
  },
  { accessor: 'status', title: 'Sync status', width: 280, render: (row) => <SyncStatus row={row} /> },
  {
    accessor: 'lastRun',
    title: 'Last run',
    render: (row) => <RelativeTime at={row.lastRun?.endedAt ?? row.lastRun?.createdAt} />,
  },
  {
    accessor: 'actions',
    title: '',
    textAlign: 'right',
    render: (row) => (
      <AppLink
        to="/assets/$assetId/integrations/dependency-track"
        params={{ assetId: row.asset.id }}
        aria-label={`Synchronization of ${row.asset.name}`}
      >
        Synchronization
      </AppLink>
    ),
  },
]

function SyncStatus({ row }: { row: Row }) {
  const run = row.lastRun
  if (!run)
    return (
      <Text span size="sm" c="dimmed">
        {row.status === 'PENDING' ? 'Waiting' : row.status === 'FAILED' ? 'Failed' : 'Succeeded'}
      </Text>
    )
  return (
    <Stack gap={4}>
      <Group gap="xs" wrap="nowrap">
        <RunStateBadge state={run.state} />
        {isActive(run) && (
          <Text span size="xs" c="dimmed">
            {PHASE_LABEL[run.phase]}
          </Text>
        )}
      </Group>
      {isActive(run) && <Progress value={percent(run)} aria-label={`Progress of ${row.asset.name}`} />}
      <OperationErrorText error={run.errors[0]} />
    </Stack>
  )
}

interface Props {
  integrationId: string
  search: { q?: string; page?: number }
  onAdd: () => void
}

/** The assets that came through the integration, and how their synchronization stands. */
export function ImportedAssets({ integrationId, search, onAdd }: Props) {
  const { q, page = 1 } = search
  const setList = useListState<Props['search']>()
  const imported = useQuery({
    queryKey: ['imported', integrationId, { q, page }],
    queryFn: () => gql(ImportedAssetsDocument, { integrationId, page, limit: PAGE_SIZE, filter: q ?? null }),
    select: (data) => data.integration?.assets,
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.integration?.assets.collection.some((row) => isActive(row.lastRun)) ? 1_000 : 15_000,
  })
  const total = imported.data?.metadata.totalCount
  return (
    <Stack gap="sm">
      {(q || (total ?? 0) > PAGE_SIZE) && (
        <SearchInput
          label="Search imported assets"
          value={q ?? ''}
          onChange={(text) => setList({ q: text || undefined })}
        />
      )}
      <DataGrid
        label="Imported assets"
        columns={COLUMNS}
        records={imported.data?.collection}
        error={imported.error}
        onRetry={imported.refetch}
        fetching={imported.isPlaceholderData}
        total={total}
        page={page}
        onPage={(next) => setList({ page: next })}
        minWidth={780}
        empty={
          q ? (
            <EmptyState title={`No imported asset matches “${q}”`} />
          ) : (
            <EmptyState
              title="No project imported yet"
              action={
                <Button variant="default" onClick={onAdd}>
                  Choose projects
                </Button>
              }
            >
              Each project becomes an asset, and its findings become issues.
            </EmptyState>
          )
        }
      />
    </Stack>
  )
}
