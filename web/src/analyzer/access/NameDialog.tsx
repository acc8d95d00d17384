import { Modal, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { DialogFooter } from '@/shared/DialogFooter'
import { ErrorState } from '@/shared/States'

interface Props {
  opened: boolean
  title: string
  /** The name at first. */
  name?: string
  /** Said when it did not work. */
  failed: string
  onSave: (name: string) => Promise<unknown>
  onClose: () => void
}

/** Asks for a name. */
export function NameDialog(props: Props) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title}>
      {props.opened && <Form {...props} />}
    </Modal>
  )
}

function Form({ name: start = '', failed, onSave, onClose }: Props) {
  const [name, setName] = useState(start)
  const [checked, setChecked] = useState(false)
  const save = useMutation({ mutationFn: onSave, onSuccess: onClose })
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        setChecked(true)
        if (name.trim()) save.mutate(name.trim())
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Name"
          required
          data-autofocus
          value={name}
          error={checked && !name.trim() ? 'Enter a name' : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {save.error && <ErrorState error={save.error} title={failed} />}
        <DialogFooter onClose={onClose} saving={save.isPending} />
      </Stack>
    </form>
  )
}
