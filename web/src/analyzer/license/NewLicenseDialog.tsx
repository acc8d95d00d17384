import { Modal, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { DialogFooter } from '@/shared/DialogFooter'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'
import { rest } from '../rest'
import type { License } from './license'
import { useReloadLicenses } from './useLicenses'

interface Props {
  opened: boolean
  onClose: () => void
}

/** A licence that is not in the list of SPDX. */
export function NewLicenseDialog({ opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="New licence" size="lg">
      {opened && <Form onClose={onClose} />}
    </Modal>
  )
}

function Form({ onClose }: { onClose: () => void }) {
  const reload = useReloadLicenses()
  const form = useForm({
    initialValues: { licenseId: '', name: '', licenseText: '' },
    validate: {
      licenseId: (value) =>
        /^[\w.+-]+$/.test(value.trim()) ? null : 'Use letters, digits, dots and hyphens',
      name: (value) => (value.trim() ? null : 'Enter a name'),
    },
  })
  const create = useMutation({
    mutationFn: ({ licenseId, name, licenseText }: typeof form.values) =>
      rest<License>('PUT', '/license', {
        body: { licenseId: licenseId.trim(), name: name.trim(), licenseText: licenseText || undefined },
      }),
    onSuccess: async () => {
      toastDone('Licence created')
      onClose()
      await reload()
    },
  })
  return (
    <form noValidate onSubmit={form.onSubmit((values) => create.mutate(values))}>
      <Stack gap="sm">
        <TextInput
          label="Id"
          description="As SBOMs name it"
          placeholder="LicenseRef-Acme"
          required
          data-autofocus
          {...form.getInputProps('licenseId')}
        />
        <TextInput label="Name" required {...form.getInputProps('name')} />
        <Textarea label="Text" autosize minRows={6} maxRows={16} {...form.getInputProps('licenseText')} />
        {create.error && <ErrorState error={create.error} title="The licence was not created" />}
        <DialogFooter onClose={onClose} saving={create.isPending} label="Create" />
      </Stack>
    </form>
  )
}
