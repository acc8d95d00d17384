import { Text, Timeline, Title } from '@mantine/core'
import { RelativeTime } from '@/shared/RelativeTime'

interface Props {
  comments: { timestamp: number; comment: string; commenter?: string }[]
  /** Said where there is none. */
  empty: string
}

/** What was decided and said, the latest first. */
export function AuditTrail({ comments, empty }: Props) {
  const numbered = comments.map((comment, index) => ({ ...comment, index })).reverse()
  return (
    <section aria-labelledby="audit-trail">
      <Title order={3} id="audit-trail" mb="sm">
        Audit trail
      </Title>
      {numbered.length === 0 ? (
        <Text size="sm" c="dimmed">
          {empty}
        </Text>
      ) : (
        <Timeline bulletSize={12} lineWidth={2} active={numbered.length} color="brand">
          {numbered.map((entry) => (
            <Timeline.Item key={entry.index}>
              <Text size="sm" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
                {entry.comment}
              </Text>
              <Text size="xs" c="dimmed">
                {entry.commenter ?? 'Unknown'}, <RelativeTime at={entry.timestamp} />
              </Text>
            </Timeline.Item>
          ))}
        </Timeline>
      )}
    </section>
  )
}
