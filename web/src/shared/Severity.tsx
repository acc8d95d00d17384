import { Group, VisuallyHidden } from '@mantine/core'
import clsx from 'clsx'
import type { SeverityCategory } from '@/graphql/generated/graphql'
import classes from './Severity.module.css'
import { type SeverityCounts as Counts, SEVERITY_LABEL } from './severity'

const style = (severity: SeverityCategory) => classes[severity.toLowerCase()]

/** A severity by colour and by word. `label` is for words of the analyzer that share a colour. */
export function SeverityBadge({ severity, label }: { severity: SeverityCategory | null; label?: string }) {
  const known = severity ?? 'NOTIFICATION'
  return <span className={clsx(classes.badge, style(known))}>{label ?? SEVERITY_LABEL[known]}</span>
}

const COLUMNS: { key: keyof Counts; severity: SeverityCategory; letter: string }[] = [
  { key: 'critical', severity: 'CRITICAL', letter: 'C' },
  { key: 'high', severity: 'HIGH', letter: 'H' },
  { key: 'medium', severity: 'MEDIUM', letter: 'M' },
  { key: 'low', severity: 'LOW', letter: 'L' },
  { key: 'notification', severity: 'NOTIFICATION', letter: 'N' },
]

/** How many of each severity, worst first. */
export function SeverityCounts({ counts, lastLabel }: { counts: Counts; lastLabel?: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      {COLUMNS.map(({ key, severity, letter }) => {
        const word = key === 'notification' && lastLabel ? lastLabel : SEVERITY_LABEL[severity]
        return (
          <span
            key={key}
            className={clsx(classes.count, style(severity))}
            data-zero={counts[key] === 0 || undefined}
            title={`${counts[key]} ${word.toLowerCase()}`}
          >
            <span aria-hidden="true">{word === lastLabel ? word.charAt(0) : letter}</span> {counts[key]}
            <VisuallyHidden> {word.toLowerCase()} </VisuallyHidden>
          </span>
        )
      })}
    </Group>
  )
}
