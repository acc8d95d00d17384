import { Badge, Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconUserPlus } from '@tabler/icons-react'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { DataGrid } from '@/shared/DataGrid'
import { editColumn } from '@/shared/editColumn'
import { PageHeader } from '@/shared/PageHeader'
import { RelativeTime } from '@/shared/RelativeTime'
import { EmptyState } from '@/shared/States'
import { rest } from '../rest'
import { AccessTabs } from './AccessTabs'
import { type Editing, UserDialog } from './UserDialog'
import { identityWords, type User, type UserKind } from './user'
import { useReloadAccess, useUsers } from './useTeams'

const TEAMS: DataTableColumn<User> = {
  accessor: 'teams',
  title: 'Teams',
  render: ({ teams = [] }) => teams.map((team) => team.name).join(', ') || 'None',
}

interface Actions {
  edit: (user: User) => void
  remove: (user: User) => void
}

function columns(act: Actions): DataTableColumn<User>[] {
  return [
    {
      accessor: 'username',
      title: 'User',
      width: '45%',
      render: (user) => (
        <>
          <Group gap={6}>
            <Text span size="sm" fw={600}>
              {user.username}
            </Text>
            {user.suspended && <Mark>Suspended</Mark>}
            {user.forcePasswordChange && <Mark>Must change the password</Mark>}
          </Group>
          <Text size="xs" c="dimmed">
            {[user.fullname, user.email].filter(Boolean).join(', ')}
          </Text>
        </>
      ),
    },
    TEAMS,
    {
      accessor: 'lastPasswordChange',
      title: 'Password changed',
      render: ({ lastPasswordChange }) => <RelativeTime at={lastPasswordChange} absent="–" />,
    },
    editColumn(({ username }) => username, act.edit, act.remove),
  ]
}

function Mark({ children }: { children: string }) {
  return (
    <Badge variant="default" size="sm" tt="none" fw={500}>
      {children}
    </Badge>
  )
}

interface Target {
  user: User
  kind: UserKind
}

/** Who can sign in to the component analysis. */
export function UsersPage() {
  const users = useUsers('managed')
  const reload = useReloadAccess()
  const [editing, edit] = useState<Editing | null>(null)
  const [deleting, remove] = useState<Target | null>(null)
  const of = (kind: UserKind): Actions => ({
    edit: (user) => edit({ user, kind }),
    remove: (user) => remove({ user, kind }),
  })
  return (
    <Stack gap="lg">
      <div>
        <PageHeader
          title="Users"
          description="Who can sign in. What they may do comes from their teams."
          actions={
            <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => edit('new')}>
              New user
            </Button>
          }
        />
        <AccessTabs current="users" />
        <DataGrid
          label="Users"
          idAccessor="username"
          columns={columns(of('managed'))}
          records={users.data}
          error={users.error}
          onRetry={users.refetch}
          minWidth={720}
          empty={<EmptyState title="No users with a password here" />}
        />
      </div>
      <DirectoryUsers kind="ldap" title="By LDAP" act={of('ldap')} />
      <DirectoryUsers kind="oidc" title="By OpenID Connect" act={of('oidc')} />
      <UserDialog editing={editing} onClose={() => edit(null)} />
      <ConfirmDialog
        target={deleting}
        title={({ user }) => `Delete ${user.username}?`}
        text={({ kind }) =>
          kind === 'managed'
            ? 'They cannot sign in any more. What they decided stays.'
            : 'What they decided stays. Where the server makes accounts by itself, they can sign in again.'
        }
        failed="The user was not deleted"
        done="User deleted"
        onConfirm={async ({ user, kind }) => {
          await rest<void>('DELETE', `/user/${kind}`, { body: { username: user.username } })
          await reload()
        }}
        onClose={() => remove(null)}
      />
    </Stack>
  )
}

function directoryColumns(kind: UserKind, act: Actions): DataTableColumn<User>[] {
  return [
    {
      accessor: 'username',
      title: 'User',
      width: '45%',
      render: (user) => (
        <div style={{ overflowWrap: 'anywhere' }}>
          <Text span size="sm" fw={600}>
            {user.username}
          </Text>
          <Text size="xs" c="dimmed">
            {[identityWords(kind, user), user.email].filter(Boolean).join(', ')}
          </Text>
        </div>
      ),
    },
    TEAMS,
    editColumn(({ username }) => username, act.edit, act.remove),
  ]
}

interface DirectoryProps {
  kind: UserKind
  title: string
  act: Actions
}

/** Users whose password is kept elsewhere; shown where there are some. */
function DirectoryUsers({ kind, title, act }: DirectoryProps) {
  const users = useUsers(kind)
  if (!users.error && !users.data?.length) return null
  return (
    <section aria-labelledby={kind}>
      <Title order={2} id={kind} mb="xs">
        {title}
      </Title>
      <DataGrid
        label={title}
        idAccessor="username"
        columns={directoryColumns(kind, act)}
        records={users.data}
        error={users.error}
        onRetry={users.refetch}
        minWidth={560}
        empty={null}
      />
    </section>
  )
}
