import { Drawer, Stack } from '@mantine/core'
import type { DataTableColumn } from 'mantine-datatable'
import { DataGrid } from '@/shared/DataGrid'
import { RelativeTime } from '@/shared/RelativeTime'
import { EmptyState } from '@/shared/States'
import { duration } from '@/shared/time'
import { CAUSE_LABEL, Failure, RunBadge, Unreadable } from './RunView'
import { isActive, progressWords, type Run, reportWords, type Source } from './source'
import { useRuns } from './useSources'

const COLUMNS: DataTableColumn<Run>[] = [
  { accessor: 'status', title: 'State', width: 120, render: (run) => <RunBadge status={run.status} /> },
  {
    accessor: 'created_at',
    title: 'When',
    width: 110,
    render: (run) => <RelativeTime at={run.created_at} />,
  },
  { accessor: 'cause', title: 'Started by', width: 110, render: (run) => CAUSE_LABEL[run.cause] },
  {
    accessor: 'took',
    title: 'Took',
    width: 90,
    render: (run) => (run.started_at && run.completed_at ? duration(run.completed_at - run.started_at) : '–'),
  },
  {
    accessor: 'report',
    title: 'Records',
    render: (run) => (
      <Stack gap={2}>
        {isActive(run) ? progressWords(run) : reportWords(run)}
        <Unreadable report={run.report} />
        <Failure run={run} />
      </Stack>
    ),
  },
]

interface Props {
  source: Source
  opened: boolean
  onClose: () => void
}

/** The latest runs of a source, the newest first. */
export function RunHistory({ source, opened, onClose }: Props) {
  const runs = useRuns(source.name, opened)
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size="xl" title={`Runs of ${source.title}`}>
      <DataGrid
        label="Runs"
        idAccessor={(run) => String(run.created_at)}
        columns={COLUMNS}
        records={runs.data}
        error={runs.error}
        onRetry={runs.refetch}
        minWidth={620}
        empty={
          <EmptyState title="No run yet">The first one starts by schedule or with “Run now”.</EmptyState>
        }
      />
    </Drawer>
  )
}
