import {
  Checkbox,
  Group,
  Input,
  Modal,
  PasswordInput,
  SegmentedControl,
  Stack,
  Switch,
  TextInput,
} from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { change } from '@/shared/change'
import { DialogFooter } from '@/shared/DialogFooter'
import { toAppError } from '@/shared/error'
import { MemberSelect } from '@/shared/MemberSelect'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'
import { rest } from '../rest'
import {
  bodyOf,
  type Draft,
  draftOf,
  KIND_LABEL,
  problemsOf,
  USER_KINDS,
  type User,
  type UserKind,
} from './user'
import { setMember, useReloadAccess, useTeams } from './useTeams'

/** A user of some kind, or a new one of a kind that is to be chosen. */
export type Editing = { user: User; kind: UserKind } | 'new'

interface Props {
  editing: Editing | null
  onClose: () => void
}

/** A user: who it is, the password where it is kept here, and the teams. */
export function UserDialog({ editing, onClose }: Props) {
  return (
    <Modal
      opened={editing !== null}
      onClose={onClose}
      title={editing === 'new' ? 'New user' : 'Edit user'}
      size="lg"
    >
      {editing && (
        <Form
          user={editing === 'new' ? undefined : editing.user}
          start={editing === 'new' ? 'managed' : editing.kind}
          onClose={onClose}
        />
      )}
    </Modal>
  )
}

/** Writes the user, and then the teams that came and went. */
async function write(user: User | undefined, kind: UserKind, draft: Draft, teams: string[]) {
  const body = bodyOf(draft)
  if (kind === 'managed') await rest<User>(user ? 'POST' : 'PUT', '/user/managed', { body })
  // Nothing but the teams is kept here of those of a directory or provider.
  else if (!user) await rest<User>('PUT', `/user/${kind}`, { body: { username: body.username } })
  const before = user?.teams?.map((team) => team.uuid) ?? []
  const { added, removed } = change(before, teams)
  for (const team of added) await setMember(body.username, team, true)
  for (const team of removed) await setMember(body.username, team, false)
}

const NAME_HELP: Record<UserKind, string | undefined> = {
  managed: undefined,
  ldap: 'As in the attribute of the directory that names people',
  oidc: 'As the provider writes it in the claim with the name',
}

interface FormProps {
  user: User | undefined
  start: UserKind
  onClose: () => void
}

function Form({ user, start, onClose }: FormProps) {
  const reload = useReloadAccess()
  const known = useTeams()
  const [kind, setKind] = useState(start)
  const [draft, setDraft] = useState(() => draftOf(user))
  const [teams, setTeams] = useState(user?.teams?.map((team) => team.uuid) ?? [])
  const [checked, setChecked] = useState(false)
  const problems = problemsOf(draft, !user, kind)
  const set = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }))
  const save = useMutation({
    mutationFn: () => write(user, kind, draft, teams),
    onSuccess: () => {
      toastDone('User saved')
      onClose()
    },
    onSettled: reload,
  })
  const taken = !user && save.error && toAppError(save.error).code === 'CONFLICT'
  const shown = {
    ...(taken && { username: 'Somebody has this user name already: choose another' }),
    ...(checked && problems),
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
        {!user && (
          <Input.Wrapper label="Signs in with" labelElement="div">
            <div>
              <SegmentedControl
                aria-label="Signs in with"
                data={USER_KINDS.map((value) => ({ value, label: KIND_LABEL[value] }))}
                value={kind}
                onChange={(value) => {
                  setKind(value)
                  setChecked(false)
                }}
              />
            </div>
          </Input.Wrapper>
        )}
        <TextInput
          label="User name"
          description={user ? undefined : NAME_HELP[kind]}
          required={!user}
          readOnly={user !== undefined}
          autoComplete="off"
          data-autofocus={user ? undefined : true}
          value={draft.username}
          error={shown.username}
          onChange={(event) => {
            set({ username: event.currentTarget.value })
            save.reset()
          }}
        />
        {kind === 'managed' && <Person draft={draft} shown={shown} isNew={!user} set={set} />}
        <MemberSelect
          label="Teams"
          description={
            kind === 'managed' ? undefined : 'Where groups decide about teams, the next log-in sets them anew'
          }
          placeholder={teams.length === 0 ? 'None: they may do nothing' : undefined}
          known={known}
          labelOf={(team) => team.name}
          chosen={teams}
          onChange={setTeams}
          nothingFoundMessage="No such team"
        />
        {kind === 'managed' && <Flags draft={draft} set={set} />}
        {save.error && !taken && <ErrorState error={save.error} title="The user was not saved" />}
        <DialogFooter onClose={onClose} saving={save.isPending} />
      </Stack>
    </form>
  )
}

interface PartProps {
  draft: Draft
  set: (change: Partial<Draft>) => void
}

interface PersonProps extends PartProps {
  shown: Partial<Record<keyof Draft, string>>
  isNew: boolean
}

/** Who somebody with a password here is, and the password. */
function Person({ draft, shown, isNew, set }: PersonProps) {
  const password = {
    autoComplete: 'new-password',
    required: isNew,
    style: { flex: '1 1 200px' },
  }
  return (
    <>
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
          label={isNew ? 'Password' : 'New password'}
          description={isNew ? 'Give it to them in person' : 'Leave empty to keep it'}
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
    </>
  )
}

function Flags({ draft, set }: PartProps) {
  return (
    <>
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
    </>
  )
}
