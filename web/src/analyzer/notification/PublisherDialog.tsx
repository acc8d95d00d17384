import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { DialogFooter } from '@/shared/DialogFooter'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'
import { rest } from '../rest'
import type { Publisher } from './notification'
import { KIND_CHOICES, VERSIONS } from './publisher'

/** A publisher that is looked at, changed, or copied; a new one without a publisher starts empty. */
export type Editing = { mode: 'view' | 'edit'; publisher: Publisher } | { mode: 'new'; publisher?: Publisher }

interface Props {
  editing: Editing | null
  onClose: () => void
}

const TITLES = { view: 'Built-in publisher', edit: 'Edit publisher', new: 'New publisher' }

const MONO = { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.8rem' } }

export function PublisherDialog({ editing, onClose }: Props) {
  return (
    <Modal opened={editing !== null} onClose={onClose} title={editing ? TITLES[editing.mode] : ''} size="xl">
      {editing && <Form editing={editing} onClose={onClose} />}
    </Modal>
  )
}

function Form({ editing, onClose }: { editing: Editing; onClose: () => void }) {
  const cache = useQueryClient()
  const { mode, publisher } = editing
  const fixed = mode === 'view'
  const form = useForm({
    initialValues: {
      name: mode === 'new' ? (publisher ? `${publisher.name} (own)` : '') : (publisher?.name ?? ''),
      description: publisher?.description ?? '',
      publisherClass: publisher?.publisherClass ?? KIND_CHOICES[0]?.value ?? '',
      templateMimeType: publisher?.templateMimeType ?? 'application/json',
      payloadVersion: publisher?.payloadVersion ?? '4',
      template: publisher?.template ?? '',
    },
    validate: {
      name: (value) => (value.trim() ? null : 'Enter a name'),
      templateMimeType: (value) =>
        /^[\w.+-]+\/[\w.+-]+(;.*)?$/.test(value.trim()) ? null : 'Enter a media type: application/json',
      template: (value) => (value.trim() ? null : 'Enter a template'),
    },
  })
  const save = useMutation({
    mutationFn: (values: typeof form.values) =>
      rest<Publisher>(mode === 'edit' ? 'POST' : 'PUT', '/notification/publisher', {
        body: {
          ...(mode === 'edit' && { uuid: publisher?.uuid }),
          ...values,
          name: values.name.trim(),
          templateMimeType: values.templateMimeType.trim(),
          defaultPublisher: false,
        },
      }),
    onSuccess: async () => {
      toastDone('Publisher saved')
      onClose()
      await Promise.all(
        ['notification-publishers', 'notification-rules'].map((key) =>
          cache.invalidateQueries({ queryKey: [key] }),
        ),
      )
    },
  })
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        <Group grow align="flex-start" preventGrowOverflow={false}>
          <TextInput
            label="Name"
            required={!fixed}
            readOnly={fixed}
            data-autofocus
            miw={200}
            {...form.getInputProps('name')}
          />
          <Select
            label="Receiver"
            data={KIND_CHOICES}
            allowDeselect={false}
            readOnly={fixed}
            miw={200}
            {...form.getInputProps('publisherClass')}
          />
        </Group>
        <TextInput label="Description" readOnly={fixed} {...form.getInputProps('description')} />
        <Group grow align="flex-start" preventGrowOverflow={false}>
          <TextInput
            label="Media type"
            required={!fixed}
            readOnly={fixed}
            miw={200}
            {...form.getInputProps('templateMimeType')}
          />
          <Select
            label="Payload of"
            data={VERSIONS}
            allowDeselect={false}
            readOnly={fixed}
            miw={200}
            {...form.getInputProps('payloadVersion')}
          />
        </Group>
        <Textarea
          label="Template"
          description={
            fixed
              ? 'Copy this publisher to send other words'
              : 'Words in {{ }} are replaced: notification.title, notification.content, notification.level, subject, baseUrl'
          }
          required={!fixed}
          readOnly={fixed}
          autosize
          minRows={8}
          maxRows={18}
          spellCheck={false}
          styles={MONO}
          {...form.getInputProps('template')}
        />
        {save.error && <ErrorState error={save.error} title="The publisher was not saved" />}
        {fixed ? (
          <Group justify="flex-end">
            <Button onClick={onClose}>Close</Button>
          </Group>
        ) : (
          <DialogFooter onClose={onClose} saving={save.isPending} />
        )}
      </Stack>
    </form>
  )
}
