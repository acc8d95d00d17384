import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { IssueStatusLabel } from '@/graphql/generated/graphql'
import { ErrorState } from '@/shared/States'
import { STATUS_LABEL } from './status'

/** Why, and for an accepted risk until when. */
export interface Decision {
  reason: string | null
  /** Absent: for good. */
  expiresAt?: string
}

interface Props {
  /** The status being set; closed without one. */
  status: IssueStatusLabel | null
  title: string
  pending: boolean
  error: unknown
  onClose: () => void
  onConfirm: (decision: Decision) => void
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
    initialValues: { reason: '', until: '' },
    validate: {
      reason: (value) => (value.trim() ? null : 'A reason is required'),
      until: (value) => (!value || value > today() ? null : 'Choose a day to come'),
    },
  })
  return (
    <form
      onSubmit={form.onSubmit(({ reason, until }) =>
        onConfirm({ reason: reason.trim(), ...(until && { expiresAt: `${until}T00:00:00Z` }) }),
      )}
      noValidate
    >
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
        {status === 'RISK_ACCEPTED' && (
          <TextInput
            type="date"
            label="Accepted until"
            description="On that day the issue is Identified again. Leave empty to accept it for good."
            {...form.getInputProps('until')}
          />
        )}
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

function today() {
  return new Date().toISOString().slice(0, 10)
}
