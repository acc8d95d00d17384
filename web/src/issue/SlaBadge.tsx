import { Badge } from '@mantine/core'
import type { SlaState } from '@/graphql/generated/graphql'
import { slaText } from './sla'

/** How an issue stands with its deadline. */
export function SlaBadge({ sla }: { sla: { state: SlaState; daysRemaining: number | null } | undefined }) {
  if (!sla) return null
  const urgent = sla.state === 'BREACHED' || sla.state === 'APPROACHING'
  return (
    <Badge
      variant={urgent ? 'outline' : 'default'}
      color={sla.state === 'BREACHED' ? 'red' : 'orange'}
      size="sm"
      tt="none"
      fw={500}
      styles={{ label: { color: 'var(--mantine-color-text)' } }}
    >
      {slaText(sla)}
    </Badge>
  )
}
