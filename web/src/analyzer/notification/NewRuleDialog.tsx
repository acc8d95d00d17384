import { Modal, Select, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { DialogFooter } from '@/shared/DialogFooter'
import { ErrorState, TableSkeleton } from '@/shared/States'
import { rest } from '../rest'
import { LEVELS, type Publisher, type Rule, SCOPES, type Scope, type Trigger } from './notification'
import { kindOf } from './publisher'
import { usePublishers, useReloadRules } from './useRules'

const TRIGGERS = [
  { value: 'EVENT', label: 'As it happens' },
  { value: 'SCHEDULE', label: 'On a schedule, as a summary' },
]

interface Props {
  opened: boolean
  onClose: () => void
}

/** What cannot be changed later, and then on to the page of the rule. */
export function NewRuleDialog({ opened, onClose }: Props) {
  const publishers = usePublishers()
  return (
    <Modal opened={opened} onClose={onClose} title="New rule">
      {!opened ? null : publishers.error && !publishers.data ? (
        <ErrorState error={publishers.error} onRetry={publishers.refetch} />
      ) : !publishers.data ? (
        <TableSkeleton rows={4} />
      ) : (
        <Form publishers={publishers.data} onClose={onClose} />
      )}
    </Modal>
  )
}

function Form({ publishers, onClose }: { publishers: Publisher[]; onClose: () => void }) {
  const navigate = useNavigate()
  const reload = useReloadRules()
  const first = publishers.find((one) => kindOf(one) === 'webhook') ?? publishers[0]
  const form = useForm({
    initialValues: {
      name: '',
      triggerType: 'EVENT' as Trigger,
      scope: 'PORTFOLIO' as Scope,
      notificationLevel: 'INFORMATIONAL',
      publisher: first?.uuid ?? '',
    },
    validate: { name: (value) => (value.trim() ? null : 'Enter a name') },
  })
  const scheduled = form.values.triggerType === 'SCHEDULE'
  const create = useMutation({
    mutationFn: ({ name, triggerType, scope, notificationLevel, publisher }: typeof form.values) =>
      rest<Rule>('PUT', `/notification/rule${triggerType === 'SCHEDULE' ? '/scheduled' : ''}`, {
        body: {
          name: name.trim(),
          scope: triggerType === 'SCHEDULE' ? 'PORTFOLIO' : scope,
          notificationLevel,
          publisher: { uuid: publisher },
        },
      }),
    onSuccess: async (rule) => {
      await reload()
      onClose()
      await navigate({ to: '/administration/notifications/$ruleUuid', params: { ruleUuid: rule.uuid } })
    },
  })
  return (
    <form noValidate onSubmit={form.onSubmit((values) => create.mutate(values))}>
      <Stack gap="sm">
        <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
        <Select label="When" data={TRIGGERS} allowDeselect={false} {...form.getInputProps('triggerType')} />
        {!scheduled && (
          <Select label="About" data={SCOPES} allowDeselect={false} {...form.getInputProps('scope')} />
        )}
        <Select
          label="What"
          data={LEVELS}
          allowDeselect={false}
          {...form.getInputProps('notificationLevel')}
        />
        <Select
          label="Publisher"
          description="Who is told, and in which words"
          data={publishers.map((one) => ({ value: one.uuid, label: one.name }))}
          allowDeselect={false}
          searchable
          {...form.getInputProps('publisher')}
        />
        {create.error && <ErrorState error={create.error} title="The rule was not created" />}
        <DialogFooter onClose={onClose} saving={create.isPending} label="Create" />
      </Stack>
    </form>
  )
}
