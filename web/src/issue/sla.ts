import type { SlaState } from '@/graphql/generated/graphql'

/** How a deadline stands, the most urgent first. */
export const SLA_STATES = [
  'BREACHED',
  'APPROACHING',
  'ON_TRACK',
  'NOT_PARAMETERIZED',
  'NOT_TRACKED',
  'RESOLVED',
] as const satisfies SlaState[]

export const SLA_LABEL: Record<SlaState, string> = {
  BREACHED: 'Overdue',
  APPROACHING: 'Due soon',
  ON_TRACK: 'On track',
  NOT_PARAMETERIZED: 'No deadline',
  NOT_TRACKED: 'Not tracked',
  RESOLVED: 'Resolved',
}

/** The deadline in words, as `Due in 3 days`. */
export function slaText(sla: { state: SlaState; daysRemaining: number | null }) {
  const days = sla.daysRemaining
  if (days === null || sla.state === 'RESOLVED') return SLA_LABEL[sla.state]
  const count = (n: number) => `${n} ${n === 1 ? 'day' : 'days'}`
  if (sla.state === 'BREACHED') return `Overdue by ${count(Math.max(1, Math.abs(days)))}`
  return days === 0 ? 'Due today' : `Due in ${count(days)}`
}
