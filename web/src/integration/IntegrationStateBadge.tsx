import { Badge } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconCircleDashed, type TablerIcon } from '@tabler/icons-react'
import type { IntegrationState } from '@/graphql/generated/graphql'

const STATES: Record<IntegrationState, { label: string; icon: TablerIcon; mark: string }> = {
  NEW: { label: 'Not checked', icon: IconCircleDashed, mark: 'light-dark(#6b7585, #a2acba)' },
  CONNECTED: { label: 'Connected', icon: IconCheck, mark: 'light-dark(#14804f, #45c98d)' },
  ERROR: { label: 'Error', icon: IconAlertTriangle, mark: 'light-dark(#c02626, #ff8a8a)' },
}

export function IntegrationStateBadge({ state }: { state: IntegrationState }) {
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
