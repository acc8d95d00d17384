import { Badge, Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconPencil, IconTrash, IconUserPlus } from '@tabler/icons-react'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { DataGrid } from '@/shared/DataGrid'
import { PageHeader } from '@/shared/PageHeader'
import { RelativeTime } from '@/shared/RelativeTime'
import { RowAction } from '@/shared/RowAction'
import { EmptyState } from '@/shared/States'
import { rest } from '../rest'
import { AccessTabs } from './AccessTabs'
import { UserDialog } from './UserDialog'
import type { User } from './user'
import { type UserKind, useReloadAccess, useUsers } from './useTeams'

const TEAMS: DataTableColumn<User> = {
  accessor: 'teams',
  title: 'Teams',
  render: ({ teams = [] }) => teams.map((team) => team.name).join(', ') || 'None',
}

function columns(edit: (user: User) => void, remove: (user: User) => void): DataTableColumn<User>[] {
  return [
    {
      accessor: 'username',
      title: 'User',
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
    {
      accessor: 'actions',
      title: '',
      width: 90,
      textAlign: 'right',
      render: (user) => (
        <Group gap={4} justify="flex-end" wrap="nowrap">
          <RowAction icon={IconPencil} label="Edit" of={user.username} onClick={() => edit(user)} />
          <RowAction icon={IconTrash} label="Delete" of={user.username} danger onClick={() => remove(user)} />
        </Group>
      ),
    },
  ]
}

function Mark({ children }: { children: string }) {
  return (
    <Badge variant="default" size="sm" tt="none" fw={500}>
      {children}
    </Badge>
  )
}

/** Who can sign in to the component analysis. */
export function UsersPage() {
  const users = useUsers('managed')
  const reload = useReloadAccess()
  const [editing, edit] = useState<User | 'new' | null>(null)
  const [deleting, remove] = useState<User | null>(null)
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
          columns={columns(edit, remove)}
          records={users.data}
          error={users.error}
          onRetry={users.refetch}
          minWidth={720}
          empty={<EmptyState title="No users with a password here" />}
        />
      </div>
      <DirectoryUsers kind="oidc" title="By OpenID Connect" />
      <DirectoryUsers kind="ldap" title="By LDAP" />
      <UserDialog editing={editing} onClose={() => edit(null)} />
      <ConfirmDialog
        target={deleting}
        title={(user) => `Delete ${user.username}?`}
        text={() => 'They cannot sign in any more. What they decided stays.'}
        failed="The user was not deleted"
        done="User deleted"
        onConfirm={async (user) => {
          await rest<void>('DELETE', '/user/managed', { body: { username: user.username } })
          await reload()
        }}
        onClose={() => remove(null)}
      />
    </Stack>
  )
}

const DIRECTORY_COLUMNS: DataTableColumn<User>[] = [
  {
    accessor: 'username',
    title: 'User',
    render: ({ username, email }) => (
      <>
        <Text span size="sm" fw={600}>
          {username}
        </Text>
        <Text size="xs" c="dimmed">
          {email}
        </Text>
      </>
    ),
  },
  TEAMS,
]

/** Users of a directory; shown where there are some. */
function DirectoryUsers({ kind, title }: { kind: UserKind; title: string }) {
  const users = useUsers(kind)
  if (!users.data?.length) return null
  return (
    <section aria-labelledby={kind}>
      <Title order={2} id={kind} mb="xs">
        {title}
      </Title>
      <DataGrid
        label={title}
        idAccessor="username"
        columns={DIRECTORY_COLUMNS}
        records={users.data}
        empty={null}
      />
    </section>
  )
}
