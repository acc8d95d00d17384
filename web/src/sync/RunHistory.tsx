import type { UseQueryResult } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import type { SyncRunRowFragment, SyncRunsQuery } from '@/graphql/generated/graphql'
import { DataGrid } from '@/shared/DataGrid'
import { RelativeTime } from '@/shared/RelativeTime'
import { EmptyState, OperationErrorText } from '@/shared/States'
import { duration } from '@/shared/time'
import { RunCounts } from './CurrentRun'
import { isActive, RunStateBadge, TRIGGER_LABEL } from './RunState'

export const RUNS_PER_PAGE = 10

const COLUMNS: DataTableColumn<SyncRunRowFragment>[] = [
  { accessor: 'state', title: 'State', width: 150, render: (run) => <RunStateBadge state={run.state} /> },
  {
    accessor: 'createdAt',
    title: 'Requested',
    width: 150,
    render: (run) => <RelativeTime at={run.createdAt} />,
  },
  { accessor: 'trigger', title: 'Started by', width: 110, render: (run) => TRIGGER_LABEL[run.trigger] },
  {
    accessor: 'took',
    title: 'Took',
    width: 100,
    render: (run) =>
      run.startedAt && run.endedAt
        ? duration(new Date(run.endedAt).getTime() - new Date(run.startedAt).getTime())
        : '–',
  },
  {
    accessor: 'counts',
    title: 'Issues',
    render: (run) =>
      isActive(run) ? (
        '–'
      ) : run.errors.length > 0 ? (
        <OperationErrorText error={run.errors[0]} />
      ) : (
        <RunCounts run={run} short />
      ),
  },
]

export function RunHistory({
  runs,
  page,
  onPage,
}: {
  runs: UseQueryResult<SyncRunsQuery['syncRuns']>
  page: number
  onPage: (page: number) => void
}) {
  return (
    <DataGrid
      label="Synchronization runs"
      columns={COLUMNS}
      records={runs.data?.collection}
      error={runs.error}
      onRetry={runs.refetch}
      total={runs.data?.metadata.totalCount}
      page={page}
      pageSize={RUNS_PER_PAGE}
      onPage={onPage}
      fetching={runs.isPlaceholderData}
      minWidth={720}
      empty={
        <EmptyState title="No synchronization yet">Start one to read the findings of the project.</EmptyState>
      }
    />
  )
}
