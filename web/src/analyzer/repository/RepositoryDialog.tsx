import { Fieldset, Modal, PasswordInput, Select, Stack, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import { DialogFooter } from '@/shared/DialogFooter'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'
import {
  type Draft,
  draftOf,
  problemsOf,
  type Repository,
  TYPE_CHOICES,
  TYPES,
  typeLabel,
} from './repository'
import { useSaveRepository } from './useRepositories'

interface Props {
  /** The one that is changed, or the type of a new one; nothing: the dialog is closed. */
  editing: Repository | { newOf: string } | null
  onClose: () => void
}

export function RepositoryDialog({ editing, onClose }: Props) {
  const repository = editing && 'uuid' in editing ? editing : undefined
  return (
    <Modal
      opened={editing !== null}
      onClose={onClose}
      title={repository ? `Repository ${repository.identifier}` : 'New repository'}
      size="lg"
    >
      {editing && (
        <Form
          repository={repository}
          type={'newOf' in editing ? editing.newOf : editing.type}
          onClose={onClose}
        />
      )}
    </Modal>
  )
}

interface FormProps {
  repository: Repository | undefined
  type: string
  onClose: () => void
}

function Form({ repository, type, onClose }: FormProps) {
  const [draft, setDraft] = useState(() => draftOf(repository, type))
  const [checked, setChecked] = useState(false)
  const problems = problemsOf(draft)
  const shown = checked ? problems : {}
  const save = useSaveRepository(repository)
  const set = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }))
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        setChecked(true)
        if (Object.keys(problems).length > 0) return
        save.mutate(draft, {
          onSuccess: () => {
            toastDone('Repository saved')
            onClose()
          },
        })
      }}
    >
      <Stack gap="md">
        {repository ? (
          <TextInput label="Type" value={typeLabel(repository.type)} readOnly />
        ) : (
          <Select
            label="Type"
            data={TYPE_CHOICES}
            allowDeselect={false}
            searchable
            value={draft.type}
            onChange={(value) => value && set({ type: value })}
          />
        )}
        <TextInput
          label="Name"
          required
          data-autofocus={repository ? undefined : true}
          value={draft.identifier}
          error={shown.identifier}
          onChange={(event) => set({ identifier: event.currentTarget.value })}
        />
        <TextInput
          label="Address"
          description={`${TYPES[draft.type]?.speaks ?? 'Where it is'}. Without an address it is not asked.`}
          placeholder="https://registry.example/"
          type="url"
          data-autofocus={repository ? true : undefined}
          value={draft.url}
          error={shown.url}
          onChange={(event) => set({ url: event.currentTarget.value })}
        />
        <Switch
          label="Ask this repository"
          checked={draft.enabled}
          onChange={(event) => set({ enabled: event.currentTarget.checked })}
        />
        <Switch
          label="Internal"
          description="It is asked about internal components, and about no others"
          checked={draft.internal}
          onChange={(event) => set({ internal: event.currentTarget.checked })}
        />
        <Fieldset legend="Authentication">
          <Stack gap="sm">
            <Switch
              label="Requires authentication"
              checked={draft.authenticationRequired}
              onChange={(event) => set({ authenticationRequired: event.currentTarget.checked })}
            />
            {draft.authenticationRequired && (
              <>
                <TextInput
                  label="User name"
                  description="Without one, the password is sent as a bearer token"
                  autoComplete="off"
                  value={draft.username}
                  onChange={(event) => set({ username: event.currentTarget.value })}
                />
                <PasswordInput
                  label="Password or token"
                  description={
                    repository?.authenticationRequired
                      ? 'Leave empty to keep what is stored; it is never shown'
                      : 'It is stored encrypted and never shown'
                  }
                  autoComplete="new-password"
                  visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
                  value={draft.password}
                  onChange={(event) => set({ password: event.currentTarget.value })}
                />
              </>
            )}
          </Stack>
        </Fieldset>
        {save.error && <ErrorState error={save.error} title="The repository was not saved" />}
        <DialogFooter onClose={onClose} saving={save.isPending} />
      </Stack>
    </form>
  )
}
