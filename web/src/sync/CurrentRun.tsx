import { Button, Group, Paper, Progress, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import { CancelSyncDocument, type SyncRunRowFragment } from '@/graphql/generated/graphql'
import { toastError } from '@/shared/query'
import { RelativeTime } from '@/shared/RelativeTime'
import { OperationErrorText } from '@/shared/States'
import { isActive, PHASE_LABEL, percent, RunStateBadge } from './RunState'

/** The newest run: while it is under way with its phase and progress, afterwards with what it did. */
export function CurrentRun({ run }: { run: SyncRunRowFragment }) {
  const cache = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => gql(CancelSyncDocument, { input: { runId: run.id } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['runs'] }),
    onError: (error) => toastError(error, 'The run was not cancelled'),
  })
  const active = isActive(run)
  return (
    <Paper p="md" component="section" aria-label="Latest synchronization" data-state={run.state}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="sm">
            <RunStateBadge state={run.state} />
            <Text size="sm" role="status">
              {active
                ? run.state === 'QUEUED'
                  ? 'Waiting to start'
                  : PHASE_LABEL[run.phase]
                : 'Latest synchronization'}
              {active && run.total ? `, ${run.done} of ${run.total}` : ''}
            </Text>
          </Group>
          {active ? (
            <Button size="xs" variant="default" onClick={() => cancel.mutate()} loading={cancel.isPending}>
              Cancel
            </Button>
          ) : (
            <Text size="sm" c="dimmed">
              <RelativeTime at={run.endedAt ?? run.createdAt} />
            </Text>
          )}
        </Group>
        {active && (
          <Progress
            value={percent(run)}
            animated={run.state === 'RUNNING'}
            aria-label="Progress of the synchronization"
            transitionDuration={200}
          />
        )}
        <RunCounts run={run} />
        {run.errors.map((error) => (
          <OperationErrorText key={`${error.code}-${error.message}`} error={error} />
        ))}
      </Stack>
    </Paper>
  )
}

const COUNTS = [
  ['created', 'created'],
  ['updated', 'updated'],
  ['fixed', 'fixed'],
  ['reopened', 'reopened'],
  ['unchanged', 'unchanged'],
  ['filteredOut', 'filtered out'],
  ['pushed', 'sent'],
] as const

/** What a run did to the issues, as `12 created`. */
export function RunCounts({ run, short = false }: { run: SyncRunRowFragment; short?: boolean }) {
  const shown = COUNTS.filter(([key]) => !short || run[key] > 0)
  if (shown.length === 0)
    return (
      <Text span size="sm" c="dimmed">
        {run.unchanged === 0 ? 'no issues' : 'no changes'}
      </Text>
    )
  return (
    <Group gap="md" className="tabular">
      {shown.map(([key, label]) => (
        <Text key={key} span size="sm" c={run[key] === 0 ? 'dimmed' : undefined}>
          <Text span inherit fw={run[key] === 0 ? 400 : 650}>
            {run[key]}
          </Text>{' '}
          {label}
        </Text>
      ))}
    </Group>
  )
}
