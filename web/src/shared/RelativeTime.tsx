import { Text } from '@mantine/core'
import { exact, relative } from './time'

/** A moment as people say it; its title is the exact time in UTC. Takes ISO texts and epoch milliseconds. */
export function RelativeTime({
  at,
  absent = 'never',
}: {
  at: string | number | null | undefined
  absent?: string
}) {
  if (at === null || at === undefined)
    return (
      <Text span inherit c="dimmed">
        {absent}
      </Text>
    )
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return <>{String(at)}</>
  return (
    <time dateTime={date.toISOString()} title={exact(date)} style={{ whiteSpace: 'nowrap' }}>
      {relative(date, new Date())}
    </time>
  )
}
