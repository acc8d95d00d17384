import { Menu, Text, UnstyledButton } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { gql } from '@/graphql/client'
import { ChangeIssueStatusDocument, type IssueStatusLabel } from '@/graphql/generated/graphql'
import { toastDone, toastError } from '@/shared/query'
import { type Decision, ReasonDialog } from './ReasonDialog'
import classes from './Status.module.css'
import { StatusBadge } from './StatusBadge'
import { offeredStatuses, reasonRequired, STATUS_LABEL } from './status'

export interface StatusOwner {
  id: string
  title: string
  type: string
  status: IssueStatusLabel
  permittedStatus: IssueStatusLabel[]
}

/** The status of an issue, and the statuses it may be moved to. */
export function StatusMenu({ issue }: { issue: StatusOwner }) {
  const cache = useQueryClient()
  const [asking, setAsking] = useState<IssueStatusLabel | null>(null)
  const change = useMutation({
    mutationFn: (input: Decision & { status: IssueStatusLabel }) =>
      gql(ChangeIssueStatusDocument, { input: { id: issue.id, ...input } }),
    onSuccess: async (_, { status }) => {
      setAsking(null)
      toastDone(`Status is now ${STATUS_LABEL[status]}`)
      await Promise.all([
        cache.invalidateQueries({ queryKey: ['issues'] }),
        cache.invalidateQueries({ queryKey: ['issue', issue.id] }),
        cache.invalidateQueries({ queryKey: ['asset'] }),
        cache.invalidateQueries({ queryKey: ['assets'] }),
        cache.invalidateQueries({ queryKey: ['pushes'] }),
      ])
    },
    onError: (error, { reason }) => {
      // With the dialog open the error is shown there, next to what was typed.
      if (reason === null) toastError(error, 'The status was not changed')
    },
  })
  const offered = offeredStatuses(issue)
  const choose = (status: IssueStatusLabel) => {
    if (reasonRequired(status)) {
      change.reset()
      setAsking(status)
    } else change.mutate({ status, reason: null })
  }
  if (offered.length === 0) return <StatusBadge status={issue.status} />
  return (
    <>
      <Menu position="bottom-start" width={220}>
        <Menu.Target>
          <UnstyledButton
            className={classes.control}
            disabled={change.isPending}
            aria-label={`Status: ${STATUS_LABEL[issue.status]}. Change status of ${issue.title}`}
          >
            <StatusBadge status={issue.status} />
            <IconChevronDown size={14} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Change status to</Menu.Label>
          {offered.map((status) => (
            <Menu.Item key={status} onClick={() => choose(status)}>
              {STATUS_LABEL[status]}
              {reasonRequired(status) && (
                <Text span size="xs" c="dimmed">
                  {' '}
                  with a reason
                </Text>
              )}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <ReasonDialog
        status={asking}
        title={issue.title}
        pending={change.isPending}
        error={change.error}
        onClose={() => setAsking(null)}
        onConfirm={(decision) => asking && change.mutate({ status: asking, ...decision })}
      />
    </>
  )
}
