import { Badge } from '@mantine/core'
import {
  IconCheck,
  IconClock,
  IconLoader2,
  IconPlayerStop,
  IconX,
  type TablerIcon,
} from '@tabler/icons-react'
import type { SyncPhase, SyncRunState } from '@/graphql/generated/graphql'

const STATES: Record<SyncRunState, { label: string; icon: TablerIcon; mark: string }> = {
  QUEUED: { label: 'Queued', icon: IconClock, mark: 'light-dark(#6b7585, #a2acba)' },
  RUNNING: { label: 'Running', icon: IconLoader2, mark: 'light-dark(#3f6fd8, #7fa4f2)' },
  SUCCEEDED: { label: 'Succeeded', icon: IconCheck, mark: 'light-dark(#14804f, #45c98d)' },
  FAILED: { label: 'Failed', icon: IconX, mark: 'light-dark(#c02626, #ff8a8a)' },
  CANCELLED: { label: 'Cancelled', icon: IconPlayerStop, mark: 'light-dark(#6b7585, #a2acba)' },
}

export function RunStateBadge({ state }: { state: SyncRunState }) {
  const { label, icon: Icon, mark } = STATES[state]
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

export const PHASE_LABEL: Record<SyncPhase, string> = {
  CONNECT: 'Connecting',
  PROJECT: 'Reading the project',
  FINDINGS: 'Reading findings',
  MATCH: 'Matching with known issues',
  APPLY: 'Applying changes',
  PUSH: 'Sending decisions',
  DONE: 'Done',
}

export const TRIGGER_LABEL = {
  USER: 'By hand',
  SCHEDULE: 'Schedule',
  WEBHOOK: 'Webhook',
  PIPELINE: 'Pipeline',
  IMPORT: 'Import',
} as const

export function isActive(run: { state: SyncRunState } | null | undefined) {
  return run?.state === 'QUEUED' || run?.state === 'RUNNING'
}

/** Progress in whole percent. The wire has a fraction of 1. */
export function percent(run: { progress: number; state: SyncRunState }) {
  if (run.state === 'SUCCEEDED') return 100
  return Math.max(0, Math.min(100, Math.round(run.progress * 100)))
}
