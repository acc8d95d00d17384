import { Avatar, Button, Group, MultiSelect, Stack, Text, Textarea, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import {
  AssignIssueDocument,
  CommentIssueDocument,
  type IssueQuery,
  PeopleDocument,
} from '@/graphql/generated/graphql'
import { useCompany } from '@/session/viewer'
import { toastDone, toastError } from '@/shared/query'
import { RelativeTime } from '@/shared/RelativeTime'

type Finding = Extract<NonNullable<IssueQuery['issue']>, { assignedUsers?: unknown }>

/** Who works on an issue. */
export function Assignees({ issue }: { issue: Finding }) {
  const cache = useQueryClient()
  const { company, role } = useCompany()
  const people = useQuery({
    queryKey: ['people', company?.id],
    queryFn: () => gql(PeopleDocument, { companyId: company?.id ?? '' }),
    select: (data) =>
      data.users.collection.map((user) => ({ value: user.id, label: user.name ?? user.email })),
    enabled: company !== undefined,
  })
  const assign = useMutation({
    mutationFn: (userIds: string[]) => gql(AssignIssueDocument, { input: { issueId: issue.id, userIds } }),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ['issue', issue.id] })
      toastDone('Assignment saved')
    },
    onError: (error) => toastError(error, 'The assignment was not saved'),
  })
  const assigned = issue.assignedUsers ?? []
  if (role === 'READER' || role === 'DEVELOPER')
    return <>{assigned.map((user) => user.name ?? user.email).join(', ') || 'Nobody'}</>
  return (
    <MultiSelect
      aria-label="Assigned to"
      size="xs"
      placeholder={assigned.length === 0 ? 'Nobody' : undefined}
      data={people.data ?? []}
      value={assigned.map((user) => user.id)}
      onChange={(userIds) => assign.mutate(userIds)}
      disabled={assign.isPending || people.isPending}
      searchable
    />
  )
}

/** What people say about an issue. */
export function Comments({ issue }: { issue: Finding }) {
  const cache = useQueryClient()
  const { role } = useCompany()
  const form = useForm({
    initialValues: { text: '' },
    validate: { text: (value) => (value.trim() ? null : 'Write something') },
  })
  const say = useMutation({
    mutationFn: (text: string) =>
      gql(CommentIssueDocument, {
        input: { issueId: issue.id, text, clientMutationId: crypto.randomUUID() },
      }),
    onSuccess: async () => {
      form.reset()
      await cache.invalidateQueries({ queryKey: ['issue', issue.id] })
    },
    onError: (error) => toastError(error, 'The comment was not saved'),
  })
  return (
    <Stack gap="sm">
      {(issue.comments ?? []).map((comment) => (
        <Group key={comment.id} align="flex-start" gap="sm" wrap="nowrap">
          <Avatar name={comment.author.name ?? '?'} size="sm" color="gray" aria-hidden />
          <div style={{ minWidth: 0 }}>
            <Text size="sm" fw={600}>
              {comment.author.name}{' '}
              <Text span size="xs" c="dimmed" fw={400}>
                <RelativeTime at={comment.createdAt} />
              </Text>
            </Text>
            <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              {comment.text}
            </Text>
          </div>
        </Group>
      ))}
      {role !== 'READER' && (
        <form onSubmit={form.onSubmit(({ text }) => say.mutate(text.trim()))} noValidate>
          <Textarea
            aria-label="New comment"
            placeholder="Write a comment"
            autosize
            minRows={2}
            {...form.getInputProps('text')}
          />
          <Group justify="flex-end" mt="xs">
            <Button type="submit" size="xs" variant="default" loading={say.isPending}>
              Comment
            </Button>
          </Group>
        </form>
      )}
    </Stack>
  )
}

export function CommentsSection({ issue }: { issue: Finding }) {
  return (
    <section aria-labelledby="comments">
      <Title order={3} id="comments" mb="sm">
        Comments
      </Title>
      <Comments issue={issue} />
    </section>
  )
}
