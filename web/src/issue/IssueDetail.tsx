import { Badge, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import { IssueDocument, type IssueQuery } from '@/graphql/generated/graphql'
import { AppLink } from '@/shared/AppLink'
import { FactList } from '@/shared/Facts'
import { ExternalLink } from '@/shared/PageHeader'
import { RelativeTime } from '@/shared/RelativeTime'
import { SeverityBadge } from '@/shared/Severity'
import { EmptyState, ErrorState } from '@/shared/States'
import { IssueHistory } from './IssueHistory'
import { Assignees, CommentsSection } from './IssuePeople'
import { SlaBadge } from './SlaBadge'
import { StatusMenu } from './StatusMenu'

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

const EXPLOITED = { label: { color: 'var(--mantine-color-error)' } }

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
          {issue.sla && <SlaBadge sla={issue.sla} />}
          {detail?.knownExploited && (
            <Badge variant="outline" color="red" tt="none" styles={EXPLOITED}>
              Known to be exploited
            </Badge>
          )}
        </Group>
      </div>
      <FactList
        facts={{
          Asset: (
            <AppLink to="/assets/$assetId" params={{ assetId: issue.asset.id }}>
              {issue.asset.name}
            </AppLink>
          ),
          ...(issue.assignedUsers && { 'Assigned to': <Assignees issue={issue} /> }),
          ...(issue.sla?.dueAt && { 'Fix until': <RelativeTime at={issue.sla.dueAt} /> }),
          ...(issue.expiresAt && { 'Accepted until': <RelativeTime at={issue.expiresAt} /> }),
          ...(detail && {
            Package: detail.package,
            'Affected version': detail.affectedVersion,
            'Fix advice':
              issue.solution ||
              (detail.patchedVersion
                ? `Update to ${detail.patchedVersion} or later`
                : 'No fixed version is known'),
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
            EPSS:
              detail.epssScore === null
                ? null
                : `${(detail.epssScore * 100).toFixed(1)} % likely to be exploited within 30 days`,
            'Reported by': [detail.source, detail.matchedBy].filter(Boolean).join(', '),
            Reference: issue.reference ? (
              <ExternalLink href={issue.reference}>{issue.reference}</ExternalLink>
            ) : null,
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
      {issue.assignedUsers && <CommentsSection issue={issue} />}
      <section aria-labelledby="history">
        <Title order={3} id="history" mb="sm">
          History
        </Title>
        <IssueHistory issueId={issue.id} />
      </section>
    </Stack>
  )
}
