import { Modal, Select, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { DialogFooter } from '@/shared/DialogFooter'
import { ErrorState } from '@/shared/States'
import { rest } from '../rest'
import { type Policy, STATE_LABEL, STATES, type ViolationState } from './policy'
import { useReloadPolicies } from './usePolicies'

export const STATE_CHOICES = STATES.map((value) => ({ value, label: STATE_LABEL[value] }))

export const OPERATOR_CHOICES = [
  { value: 'ANY', label: 'One condition is met' },
  { value: 'ALL', label: 'All conditions are met' },
]

interface Props {
  opened: boolean
  onClose: () => void
}

export function NewPolicyDialog({ opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="New policy">
      {opened && <Form onClose={onClose} />}
    </Modal>
  )
}

function Form({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate()
  const reload = useReloadPolicies()
  const form = useForm({
    initialValues: {
      name: '',
      violationState: 'FAIL' as ViolationState,
      operator: 'ANY' as Policy['operator'],
    },
    validate: { name: (value) => (value.trim() ? null : 'Enter a name') },
  })
  const create = useMutation({
    mutationFn: (values: typeof form.values) =>
      rest<Policy>('PUT', '/policy', { body: { ...values, name: values.name.trim() } }),
    onSuccess: async (policy) => {
      await reload()
      onClose()
      await navigate({ to: '/analyzer/policies/$policyUuid', params: { policyUuid: policy.uuid } })
    },
  })
  return (
    <form noValidate onSubmit={form.onSubmit((values) => create.mutate(values))}>
      <Stack gap="sm">
        <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
        <Select
          label="State of a violation"
          data={STATE_CHOICES}
          allowDeselect={false}
          {...form.getInputProps('violationState')}
        />
        <Select
          label="It is violated when"
          data={OPERATOR_CHOICES}
          allowDeselect={false}
          {...form.getInputProps('operator')}
        />
        {create.error && <ErrorState error={create.error} title="The policy was not created" />}
        <DialogFooter onClose={onClose} saving={create.isPending} label="Create" />
      </Stack>
    </form>
  )
}
