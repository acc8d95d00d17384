import { List, Skeleton, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ExternalLink } from '@/shared/PageHeader'
import { ErrorState } from '@/shared/States'
import type { Evidence, Finding } from '../api'
import { rest } from '../rest'
import { NameLink } from '../vulnerability/NameLink'
import { evidenceSource, evidenceWords } from './evidence'

/** Every record that says that a component is affected, with the range that decided. */
export function WhyPanel({ finding }: { finding: Finding }) {
  const { component, vulnerability } = finding
  const why = useQuery({
    queryKey: ['why', vulnerability.uuid, component.uuid],
    // The records of all names of the flaw are told for each of them.
    queryFn: () =>
      rest<Evidence[]>('GET', `/vulnerability/${vulnerability.uuid}/component/${component.uuid}`),
  })
  return (
    <section aria-labelledby="why">
      <Title order={3} id="why" mb="xs">
        Why is this component affected?
      </Title>
      {why.error && !why.data ? (
        <ErrorState error={why.error} onRetry={why.refetch} />
      ) : !why.data ? (
        <Skeleton height={44} role="status" aria-label="Loading" />
      ) : why.data.length === 0 ? (
        <Text size="sm" c="dimmed">
          No record says so any more. The next analysis takes the finding back.
        </Text>
      ) : (
        <List size="sm" spacing={6}>
          {why.data.map((evidence) => (
            <List.Item key={JSON.stringify(evidence)} style={{ overflowWrap: 'anywhere' }}>
              <NameLink name={{ source: evidence.source, id: evidence.vulnId }} inherit underline="always" />{' '}
              ({evidenceSource(evidence)}) {evidenceWords(evidence)}
              {evidence.referenceUrl && (
                <>
                  {' · '}
                  <ExternalLink href={evidence.referenceUrl}>Source</ExternalLink>
                </>
              )}
            </List.Item>
          ))}
        </List>
      )}
    </section>
  )
}
