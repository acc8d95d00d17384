import { Modal, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { DialogFooter } from '@/shared/DialogFooter'
import { ErrorState } from '@/shared/States'

interface Props {
  opened: boolean
  title: string
  /** What is asked for; a name when nothing is said. */
  label?: string
  description?: string
  /** It may be empty. */
  optional?: boolean
  /** What it is at first. */
  name?: string
  /** Said when it did not work. */
  failed: string
  onSave: (name: string) => Promise<unknown>
  onClose: () => void
}

/** Asks for a name, or for another short text. */
export function NameDialog(props: Props) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title}>
      {props.opened && <Form {...props} />}
    </Modal>
  )
}

function Form(props: Props) {
  const { name: start = '', label = 'Name', description, optional = false, failed, onSave, onClose } = props
  const [name, setName] = useState(start)
  const [checked, setChecked] = useState(false)
  const save = useMutation({ mutationFn: onSave, onSuccess: onClose })
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        setChecked(true)
        if (optional || name.trim()) save.mutate(name.trim())
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={label}
          description={description}
          required={!optional}
          data-autofocus
          value={name}
          error={checked && !optional && !name.trim() ? 'Enter a name' : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {save.error && <ErrorState error={save.error} title={failed} />}
        <DialogFooter onClose={onClose} saving={save.isPending} />
      </Stack>
    </form>
  )
}
