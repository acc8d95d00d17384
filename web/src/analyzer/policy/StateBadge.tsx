import { Group, VisuallyHidden } from '@mantine/core'
import clsx from 'clsx'
import type { Metrics } from '../api'
import { STATE_LABEL, STATES, type ViolationState } from './policy'
import classes from './StateBadge.module.css'

const style = (state: ViolationState) => classes[state.toLowerCase()]

/** How bad a violation is, by colour and by word. */
export function StateBadge({ state }: { state: ViolationState }) {
  return <span className={clsx(classes.state, style(state))}>{STATE_LABEL[state] ?? state}</span>
}

/** How many violations there are of each state, the worst first. */
export function ViolationCounts({ metrics }: { metrics: Metrics | undefined }) {
  const counts: Record<ViolationState, number> = {
    FAIL: metrics?.policyViolationsFail ?? 0,
    WARN: metrics?.policyViolationsWarn ?? 0,
    INFO: metrics?.policyViolationsInfo ?? 0,
  }
  return (
    <Group gap={4} wrap="nowrap">
      {STATES.map((state) => (
        <span
          key={state}
          className={clsx(classes.state, counts[state] === 0 ? classes.none : style(state))}
          title={`${counts[state]} to ${STATE_LABEL[state].toLowerCase()}`}
        >
          <span aria-hidden="true">{state.charAt(0)}</span> {counts[state]}
          <VisuallyHidden> to {STATE_LABEL[state].toLowerCase()} </VisuallyHidden>
        </span>
      ))}
    </Group>
  )
}
