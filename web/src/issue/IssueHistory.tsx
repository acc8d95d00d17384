import { Button, Group, Text, Timeline } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import {
  IssueHistoryDocument,
  type IssueHistoryQuery,
  type IssueStatusLabel,
} from '@/graphql/generated/graphql'
import { RelativeTime } from '@/shared/RelativeTime'
import { ErrorState } from '@/shared/States'
import { sentence } from '@/shared/words'
import { StatusBadge } from './StatusBadge'
import { STATUS_LABEL } from './status'

const PER_PAGE = 20

type Step = IssueHistoryQuery['issueHistory']['collection'][number]

const SOURCE_LABEL: Record<Step['source'], string> = {
  USER: 'a person',
  SYNC: 'a synchronization',
  WEBHOOK: 'a webhook',
  PIPELINE: 'a pipeline',
  API: 'the API',
  SYSTEM: 'Twintrack itself',
}

const FIELD_LABEL: Record<string, string> = {
  comment: 'Comment',
  severity: 'Severity',
  reported: 'Reported',
  assignees: 'Assigned to',
  expiresAt: 'Accepted until',
  merged: 'Merged',
  analysis: 'Both sides changed',
  version: 'New version',
  vulnerability: 'Vulnerability',
}

const isStatus = (word: string | null): word is IssueStatusLabel => word !== null && word in STATUS_LABEL

/** What happened to an issue, newest first: who, what, when, and from where. */
export function IssueHistory({ issueId }: { issueId: string }) {
  const history = useInfiniteQuery({
    queryKey: ['issue', issueId, 'history'],
    queryFn: ({ pageParam }) => gql(IssueHistoryDocument, { issueId, page: pageParam, limit: PER_PAGE }),
    initialPageParam: 1,
    getNextPageParam: (last, pages) =>
      pages.length * PER_PAGE < last.issueHistory.metadata.totalCount ? pages.length + 1 : undefined,
  })
  if (history.error && !history.data)
    return <ErrorState error={history.error} onRetry={() => void history.refetch()} />
  const steps = history.data?.pages.flatMap((page) => page.issueHistory.collection) ?? []
  return (
    <>
      <Timeline bulletSize={14} lineWidth={2} active={steps.length} color="brand">
        {steps.map((step) => (
          <Timeline.Item key={step.id} title={<StepTitle step={step} />}>
            <Text size="sm" mt={4}>
              {step.actor}
              <Text span inherit c="dimmed">
                {` by ${SOURCE_LABEL[step.source]}`}
              </Text>
            </Text>
            {step.reason && (
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                “{step.reason}”
              </Text>
            )}
            <Text size="xs" c="dimmed">
              <RelativeTime at={step.at} />
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
      {history.hasNextPage && (
        <Group mt="sm">
          <Button
            variant="default"
            size="xs"
            onClick={() => void history.fetchNextPage()}
            loading={history.isFetchingNextPage}
          >
            Show older
          </Button>
        </Group>
      )}
    </>
  )
}

function StepTitle({ step }: { step: Step }) {
  if (step.field === 'status' && isStatus(step.to))
    return (
      <Group gap={6}>
        <StatusBadge status={step.to} />
        {isStatus(step.from) && (
          <Text span size="xs" c="dimmed">
            was {STATUS_LABEL[step.from]}
          </Text>
        )}
      </Group>
    )
  const label = FIELD_LABEL[step.field] ?? sentence(step.field)
  return (
    <Text span size="sm" fw={600}>
      {label}
      {step.to && (
        <Text span inherit fw={400}>
          {step.from ? `: ${step.from} → ${step.to}` : `: ${step.to}`}
        </Text>
      )}
    </Text>
  )
}
