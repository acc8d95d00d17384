import { Button, Text } from '@mantine/core'
import { IconSend } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { gql } from '@/graphql/client'
import {
  PendingPushesDocument,
  type PendingPushesQuery,
  RetryPushDocument,
} from '@/graphql/generated/graphql'
import { AppLink } from '@/shared/AppLink'
import { DataGrid } from '@/shared/DataGrid'
import { toastDone, toastError } from '@/shared/query'
import { RelativeTime } from '@/shared/RelativeTime'
import { EmptyState, OperationErrorText } from '@/shared/States'
import { sentence } from '@/shared/words'

type PushRow = PendingPushesQuery['pendingPushes']['collection'][number]

const PER_PAGE = 10

/** Status changes on their way to Dependency-Track, with what keeps them from arriving. */
export function PendingPushes({
  integrationId,
  assetId,
  live,
}: {
  integrationId: string
  assetId: string
  live: boolean
}) {
  const cache = useQueryClient()
  const [page, setPage] = useState(1)
  const pushes = useQuery({
    queryKey: ['pushes', integrationId, assetId, page],
    queryFn: () => gql(PendingPushesDocument, { integrationId, assetId, page, limit: PER_PAGE }),
    select: (data) => data.pendingPushes,
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      live || (query.state.data?.pendingPushes.collection.length ?? 0) > 0 ? 2_000 : 15_000,
  })
  const retry = useMutation({
    mutationFn: (pushId: string) => gql(RetryPushDocument, { input: { pushId } }),
    onSuccess: () => {
      toastDone('Trying again')
      return cache.invalidateQueries({ queryKey: ['pushes'] })
    },
    onError: (error) => toastError(error),
  })
  const columns: DataTableColumn<PushRow>[] = [
    {
      accessor: 'issue',
      title: 'Issue',
      render: (push) => (
        <AppLink to="/issues/$issueId" params={{ issueId: push.issue.id }}>
          {push.issue.title}
        </AppLink>
      ),
    },
    {
      accessor: 'analysisState',
      title: 'Analysis to set',
      render: (push) => `${sentence(push.analysisState)}${push.suppressed ? ', suppressed' : ''}`,
    },
    { accessor: 'state', title: 'State', render: (push) => sentence(push.state) },
    { accessor: 'attempts', title: 'Attempts', textAlign: 'right' },
    {
      accessor: 'nextAttemptAt',
      title: 'Next attempt',
      render: (push) => <RelativeTime at={push.nextAttemptAt} absent="–" />,
    },
    {
      accessor: 'lastError',
      title: 'Last error',
      render: (push) =>
        push.lastError ? (
          <OperationErrorText error={push.lastError} />
        ) : (
          <Text span inherit c="dimmed">
            none
          </Text>
        ),
    },
    {
      accessor: 'actions',
      title: '',
      textAlign: 'right',
      render: (push) => (
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => retry.mutate(push.id)}
          aria-label={`Send now: the decision on ${push.issue.title}`}
        >
          Send now
        </Button>
      ),
    },
  ]
  return (
    <DataGrid
      label="Decisions to be sent"
      columns={columns}
      records={pushes.data?.collection}
      error={pushes.error}
      onRetry={pushes.refetch}
      total={pushes.data?.metadata.totalCount}
      page={page}
      pageSize={PER_PAGE}
      onPage={setPage}
      minWidth={820}
      empty={
        <EmptyState title="Nothing is waiting" icon={IconSend}>
          Status changes are sent to Dependency-Track as soon as they are made. What cannot be delivered stays
          here.
        </EmptyState>
      }
    />
  )
}
