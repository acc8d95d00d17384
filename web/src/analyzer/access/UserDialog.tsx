import { Checkbox, Group, Modal, MultiSelect, PasswordInput, Stack, Switch, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { DialogFooter } from '@/shared/DialogFooter'
import { toAppError } from '@/shared/error'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'
import { rest } from '../rest'
import { bodyOf, type Draft, draftOf, problemsOf, type User } from './user'
import { setMember, useReloadAccess, useTeams } from './useTeams'

interface Props {
  editing: User | 'new' | null
  onClose: () => void
}

/** A user with a password here: who it is, the password, and the teams. */
export function UserDialog({ editing, onClose }: Props) {
  return (
    <Modal
      opened={editing !== null}
      onClose={onClose}
      title={editing === 'new' ? 'New user' : 'Edit user'}
      size="lg"
    >
      {editing && <Form user={editing === 'new' ? undefined : editing} onClose={onClose} />}
    </Modal>
  )
}

/** Writes the user, and then the teams that came and went. */
async function write(user: User | undefined, draft: Draft, teams: string[]) {
  const body = bodyOf(draft)
  await rest<User>(user ? 'POST' : 'PUT', '/user/managed', { body })
  const before = user?.teams?.map((team) => team.uuid) ?? []
  for (const team of teams.filter((one) => !before.includes(one))) await setMember(body.username, team, true)
  for (const team of before.filter((one) => !teams.includes(one))) await setMember(body.username, team, false)
}

function Form({ user, onClose }: { user: User | undefined; onClose: () => void }) {
  const reload = useReloadAccess()
  const known = useTeams()
  const [draft, setDraft] = useState(() => draftOf(user))
  const [teams, setTeams] = useState(user?.teams?.map((team) => team.uuid) ?? [])
  const [checked, setChecked] = useState(false)
  const problems = problemsOf(draft, !user)
  const shown = checked ? problems : {}
  const set = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }))
  const save = useMutation({
    mutationFn: () => write(user, draft, teams),
    onSuccess: () => {
      toastDone('User saved')
      onClose()
    },
    onSettled: reload,
  })
  const password = {
    autoComplete: 'new-password',
    required: !user,
    style: { flex: '1 1 200px' },
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        setChecked(true)
        if (Object.keys(problems).length === 0) save.mutate()
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="User name"
          required={!user}
          readOnly={user !== undefined}
          autoComplete="off"
          data-autofocus={user ? undefined : true}
          value={draft.username}
          error={shown.username}
          onChange={(event) => set({ username: event.currentTarget.value })}
        />
        <TextInput
          label="Full name"
          required
          value={draft.fullname}
          error={shown.fullname}
          onChange={(event) => set({ fullname: event.currentTarget.value })}
        />
        <TextInput
          label="E-mail"
          type="email"
          required
          value={draft.email}
          error={shown.email}
          onChange={(event) => set({ email: event.currentTarget.value })}
        />
        <Group align="flex-start" gap="sm">
          <PasswordInput
            {...password}
            label={user ? 'New password' : 'Password'}
            description={user ? 'Leave empty to keep it' : 'Give it to them in person'}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
            value={draft.password}
            error={shown.password}
            onChange={(event) => set({ password: event.currentTarget.value })}
          />
          <PasswordInput
            {...password}
            label="Confirm the password"
            description="The same once more"
            visibilityToggleButtonProps={{ 'aria-label': 'Show the confirmation' }}
            value={draft.confirm}
            error={shown.confirm}
            onChange={(event) => set({ confirm: event.currentTarget.value })}
          />
        </Group>
        <MultiSelect
          label="Teams"
          placeholder={teams.length === 0 ? 'None: they may do nothing' : undefined}
          data={(known.data ?? []).map((team) => ({ value: team.uuid, label: team.name }))}
          value={known.data ? teams : []}
          onChange={setTeams}
          disabled={!known.data}
          error={known.error ? toAppError(known.error).message : undefined}
          hidePickedOptions
          searchable
          nothingFoundMessage="No such team"
        />
        <Checkbox
          label="Must change the password at the next log-in"
          checked={draft.forcePasswordChange}
          onChange={(event) => set({ forcePasswordChange: event.currentTarget.checked })}
        />
        <Checkbox
          label="The password never expires"
          checked={draft.nonExpiryPassword}
          onChange={(event) => set({ nonExpiryPassword: event.currentTarget.checked })}
        />
        <Switch
          label="Suspended"
          description="They cannot sign in until this is taken back"
          checked={draft.suspended}
          onChange={(event) => set({ suspended: event.currentTarget.checked })}
        />
        {save.error && <ErrorState error={save.error} title="The user was not saved" />}
        <DialogFooter onClose={onClose} saving={save.isPending} />
      </Stack>
    </form>
  )
}
