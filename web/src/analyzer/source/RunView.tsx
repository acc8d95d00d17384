import { Badge, Group, Loader, Progress, Spoiler, Stack, Text } from '@mantine/core'
import {
  IconCheck,
  IconClock,
  IconLoader2,
  IconPlayerStop,
  IconX,
  type TablerIcon,
} from '@tabler/icons-react'
import { RelativeTime } from '@/shared/RelativeTime'
import { plural } from '@/shared/words'
import { advice } from './advice'
import {
  isActive,
  percent,
  progressWords,
  type Report,
  type Run,
  type RunStatus,
  reportWords,
} from './source'

const STATES: Record<RunStatus, { label: string; icon: TablerIcon; mark: string }> = {
  PENDING: { label: 'Waiting', icon: IconClock, mark: 'light-dark(#6b7585, #a2acba)' },
  RUNNING: { label: 'Running', icon: IconLoader2, mark: 'light-dark(#3f6fd8, #7fa4f2)' },
  COMPLETED: { label: 'Completed', icon: IconCheck, mark: 'light-dark(#14804f, #45c98d)' },
  FAILED: { label: 'Failed', icon: IconX, mark: 'light-dark(#c02626, #ff8a8a)' },
  CANCELLED: { label: 'Stopped', icon: IconPlayerStop, mark: 'light-dark(#6b7585, #a2acba)' },
}

export function RunBadge({ status }: { status: RunStatus }) {
  const { label, icon: Icon, mark } = STATES[status]
  return (
    <Badge
      variant="default"
      tt="none"
      fw={500}
      miw="max-content"
      leftSection={<Icon size={13} color={mark} aria-hidden />}
    >
      {label}
    </Badge>
  )
}

export const CAUSE_LABEL = { SCHEDULE: 'Schedule', MANUAL: 'By hand' } as const

/** The latest run of a source: how far it is, or how it ended. */
export function LatestRun({ title, run }: { title: string; run: Run }) {
  const active = isActive(run)
  const done = percent(run)
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <RunBadge status={run.status} />
        {active && done === undefined && <Loader size={14} aria-hidden />}
        <Text size="sm" c="dimmed" role="status">
          {active ? progressWords(run) : <RelativeTime at={run.completed_at ?? run.created_at} />}
        </Text>
      </Group>
      {active && done !== undefined && (
        <Progress value={done} animated aria-label={`Progress of ${title}`} transitionDuration={200} />
      )}
      {!!reportWords(run) && <Text size="sm">{reportWords(run)}</Text>}
      <Unreadable report={run.report} />
      <Failure run={run} />
    </Stack>
  )
}

/** Why a run failed, and what to do about it. */
export function Failure({ run }: { run: Run }) {
  if (!run.failure_reason) return null
  return (
    <div>
      <Text size="sm" c="var(--mantine-color-error)" style={{ overflowWrap: 'anywhere' }}>
        {run.failure_reason}
      </Text>
      <Text size="xs" c="dimmed">
        {advice(run.failure_reason)}
      </Text>
    </div>
  )
}

/** The records that could not be read, the first few at once. */
export function Unreadable({ report }: { report: Report | undefined }) {
  if (!report || report.failures === 0) return null
  const more = report.failures - report.failed.length
  return (
    <div>
      <Text size="sm">{plural(report.failures, 'record')} could not be read</Text>
      <Spoiler
        maxHeight={54}
        showLabel="Show all"
        hideLabel="Show fewer"
        styles={{ control: { fontSize: 'var(--mantine-font-size-xs)', color: 'var(--tt-link)' } }}
      >
        {report.failed.map((line) => (
          <Text key={line} size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {line}
          </Text>
        ))}
        {more > 0 && (
          <Text size="xs" c="dimmed">
            and {more.toLocaleString('en')} more
          </Text>
        )}
      </Spoiler>
    </div>
  )
}
