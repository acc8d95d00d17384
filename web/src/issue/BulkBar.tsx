import { Alert, Button, Group, List, Menu, Paper, Text } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { gql } from '@/graphql/client'
import { ChangeIssuesStatusDocument, type IssueStatusLabel } from '@/graphql/generated/graphql'
import { toastDone, toastError } from '@/shared/query'
import { plural } from '@/shared/words'
import { type Decision, ReasonDialog } from './ReasonDialog'
import { offeredStatuses, reasonRequired, STATUS_LABEL, STATUSES } from './status'

interface Selected {
  id: string
  status: IssueStatusLabel
  type: string
  permittedStatus: IssueStatusLabel[]
}

/** What can be done with the chosen issues at once. What is refused is told issue by issue. */
export function BulkBar({ selected, onDone }: { selected: Selected[]; onDone: () => void }) {
  const cache = useQueryClient()
  const [asking, setAsking] = useState<IssueStatusLabel | null>(null)
  const change = useMutation({
    mutationFn: (decision: Decision & { status: IssueStatusLabel }) =>
      gql(ChangeIssuesStatusDocument, { input: { ids: selected.map((issue) => issue.id), ...decision } }),
    onSuccess: async ({ changeIssuesStatus: done }) => {
      setAsking(null)
      for (const key of ['issues', 'issue', 'assets', 'asset'])
        await cache.invalidateQueries({ queryKey: [key] })
      if (done.issues.length > 0) toastDone(`${plural(done.issues.length, 'issue')} changed`)
      if (done.errors.length === 0) onDone()
    },
    onError: (error) => toastError(error, 'Nothing was changed'),
  })
  if (selected.length === 0) return null
  // What at least one of them may become; the others are named in the answer.
  const offered = STATUSES.filter((status) =>
    selected.some((issue) => offeredStatuses(issue).includes(status)),
  )
  const choose = (status: IssueStatusLabel) =>
    reasonRequired(status) ? setAsking(status) : change.mutate({ status, reason: null })
  const errors = change.data?.changeIssuesStatus.errors ?? []
  return (
    <Paper p="xs" mb="sm">
      <Group gap="sm">
        <Text size="sm" fw={600} role="status">
          {plural(selected.length, 'issue')} chosen
        </Text>
        <Menu position="bottom-start" width={220}>
          <Menu.Target>
            <Button
              size="xs"
              loading={change.isPending}
              disabled={offered.length === 0}
              rightSection={<IconChevronDown size={14} aria-hidden />}
            >
              Change status
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {offered.map((status) => (
              <Menu.Item key={status} onClick={() => choose(status)}>
                {STATUS_LABEL[status]}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <Button size="xs" variant="subtle" onClick={onDone}>
          Clear
        </Button>
      </Group>
      {errors.length > 0 && (
        <Alert
          mt="xs"
          variant="outline"
          color="red"
          title={`${plural(errors.length, 'issue')} not changed`}
          styles={{ title: { color: 'var(--mantine-color-error)' } }}
        >
          <List size="sm">
            {errors.slice(0, 10).map((error) => (
              <List.Item key={error.message}>{error.message}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      <ReasonDialog
        status={asking}
        title={plural(selected.length, 'issue')}
        pending={change.isPending}
        error={change.error}
        onClose={() => setAsking(null)}
        onConfirm={(decision) => asking && change.mutate({ status: asking, ...decision })}
      />
    </Paper>
  )
}
