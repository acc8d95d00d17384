import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { IssueStatusLabel } from '@/graphql/generated/graphql'
import { ErrorState } from '@/shared/States'
import { STATUS_LABEL } from './status'

interface Props {
  /** The status being set; closed without one. */
  status: IssueStatusLabel | null
  title: string
  pending: boolean
  error: unknown
  onClose: () => void
  onConfirm: (reason: string) => void
}

export function ReasonDialog(props: Props) {
  const { status, onClose } = props
  return (
    <Modal
      opened={status !== null}
      onClose={onClose}
      title={status ? `Set to ${STATUS_LABEL[status]}` : ''}
      size="md"
    >
      {status && <ReasonForm {...props} status={status} />}
    </Modal>
  )
}

function ReasonForm({
  status,
  title,
  pending,
  error,
  onClose,
  onConfirm,
}: Props & { status: IssueStatusLabel }) {
  const form = useForm({
    initialValues: { reason: '' },
    validate: { reason: (value) => (value.trim() ? null : 'A reason is required') },
  })
  return (
    <form onSubmit={form.onSubmit(({ reason }) => onConfirm(reason.trim()))} noValidate>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {title}
        </Text>
        <Textarea
          label="Reason"
          description="Kept in the history, and sent to the analyzer with the decision."
          autosize
          minRows={3}
          required
          data-autofocus
          {...form.getInputProps('reason')}
        />
        {error ? <ErrorState error={error} title="The status was not changed" /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={pending}>
            Set to {STATUS_LABEL[status]}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
