import { Group, Skeleton, Stack, Text, Timeline, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import { IssueDocument, type IssueQuery } from '@/graphql/generated/graphql'
import { AppLink } from '@/shared/AppLink'
import { FactList } from '@/shared/Facts'
import { ExternalLink } from '@/shared/PageHeader'
import { RelativeTime } from '@/shared/RelativeTime'
import { SeverityBadge } from '@/shared/Severity'
import { EmptyState, ErrorState } from '@/shared/States'
import { StatusBadge } from './StatusBadge'
import { StatusMenu } from './StatusMenu'
import { STATUS_LABEL } from './status'

type IssueData = NonNullable<IssueQuery['issue']>

export function useIssue(issueId: string) {
  return useQuery({
    queryKey: ['issue', issueId],
    queryFn: () => gql(IssueDocument, { id: issueId }),
    select: (data) => data.issue,
  })
}

/** Everything known about an issue, its status, and how it got there. */
export function IssueDetail({ issueId, titled = true }: { issueId: string; titled?: boolean }) {
  const issue = useIssue(issueId)
  if (issue.error && !issue.data) return <ErrorState error={issue.error} onRetry={issue.refetch} />
  if (issue.isPending)
    return (
      <Stack mt="sm" role="status" aria-label="Loading">
        <Skeleton height={26} width="70%" />
        <Skeleton height={180} />
        <Skeleton height={120} />
      </Stack>
    )
  if (!issue.data)
    return (
      <EmptyState title="There is no such issue">
        It may have been merged, or belongs to another company.
      </EmptyState>
    )
  return <IssueBody issue={issue.data} titled={titled} />
}

function IssueBody({ issue, titled }: { issue: IssueData; titled: boolean }) {
  const { detail } = issue
  const others = detail?.aliases.filter((alias) => alias !== detail.cve) ?? []
  return (
    <Stack gap="lg" mt="xs">
      <div>
        {titled && (
          <Title order={2} mb="xs" style={{ overflowWrap: 'anywhere' }}>
            {issue.title}
          </Title>
        )}
        <Group gap="sm">
          <SeverityBadge severity={issue.severity} />
          <StatusMenu issue={issue} />
          <Text size="sm" c="dimmed">
            Found <RelativeTime at={issue.createdAt} />
          </Text>
        </Group>
      </div>
      <FactList
        facts={{
          Asset: (
            <AppLink to="/assets/$assetId" params={{ assetId: issue.asset.id }}>
              {issue.asset.name}
            </AppLink>
          ),
          ...(detail && {
            Package: detail.package,
            'Affected version': detail.affectedVersion,
            'Patched version': detail.patchedVersion ?? 'None known',
            Vulnerability: detail.externalUrl ? (
              <ExternalLink href={detail.externalUrl}>{detail.cve ?? detail.vulnerabilityId}</ExternalLink>
            ) : (
              (detail.cve ?? detail.vulnerabilityId)
            ),
            'Also known as': others.join(', '),
            CVSS:
              detail.cvssScore === null
                ? null
                : `${detail.cvssScore.toFixed(1)} (${detail.cvssMetric ?? 'no vector'})`,
            Weakness: detail.cwes.map((cwe) => `CWE-${cwe}`).join(', '),
            'Package URL': detail.purl,
            'Reported by': detail.source,
          }),
        }}
      />
      <section aria-labelledby="description">
        <Title order={3} id="description" mb={4}>
          Description
        </Title>
        <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {issue.description || 'The advisory has no description.'}
        </Text>
      </section>
      <section aria-labelledby="history">
        <Title order={3} id="history" mb="sm">
          Status history
        </Title>
        <History history={issue.statusHistory} />
      </section>
    </Stack>
  )
}

function History({ history }: { history: IssueData['statusHistory'] }) {
  if (history.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No change yet.
      </Text>
    )
  const newestFirst = [...history].sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  return (
    <Timeline bulletSize={14} lineWidth={2} active={newestFirst.length} color="brand">
      {newestFirst.map((step) => (
        <Timeline.Item key={step.id} title={<StatusBadge status={step.status} />}>
          <Text size="sm" mt={4}>
            {step.source.name ?? step.source.email}
            {step.previous && (
              <Text span inherit c="dimmed">
                {' '}
                changed it from {STATUS_LABEL[step.previous.status]}
              </Text>
            )}
          </Text>
          {step.reason && (
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              “{step.reason}”
            </Text>
          )}
          <Text size="xs" c="dimmed">
            <RelativeTime at={step.createdAt} />
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
  )
}
