import { Button, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconUsersPlus } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import type { DataTableColumn } from 'mantine-datatable'
import { AppLink } from '@/shared/AppLink'
import { DataGrid } from '@/shared/DataGrid'
import { PageHeader } from '@/shared/PageHeader'
import { EmptyState } from '@/shared/States'
import type { Team } from '../api'
import { rest } from '../rest'
import { AccessTabs } from './AccessTabs'
import { AclSwitch } from './AclSwitch'
import { NameDialog } from './NameDialog'
import { members, useReloadAccess, useTeams } from './useTeams'

const COLUMNS: DataTableColumn<Team>[] = [
  {
    accessor: 'name',
    title: 'Team',
    render: (team) => (
      <AppLink to="/administration/access/teams/$teamUuid" params={{ teamUuid: team.uuid }} fw={600}>
        {team.name}
      </AppLink>
    ),
  },
  { accessor: 'keys', title: 'API keys', textAlign: 'right', render: (team) => team.apiKeys?.length ?? 0 },
  { accessor: 'members', title: 'Members', textAlign: 'right', render: (team) => members(team).length },
  {
    accessor: 'permissions',
    title: 'Permissions',
    render: (team) => (
      <Text span size="sm" c="dimmed">
        {team.permissions?.length ? team.permissions.map((permission) => permission.name).join(', ') : 'None'}
      </Text>
    ),
  },
]

export function TeamsPage() {
  const teams = useTeams()
  const navigate = useNavigate()
  const reload = useReloadAccess()
  const [writing, write] = useDisclosure(false)
  return (
    <>
      <PageHeader
        title="Teams"
        description="Teams of the component analysis. An API key acts with the permissions of its team."
        actions={
          <Button leftSection={<IconUsersPlus size={16} aria-hidden />} onClick={write.open}>
            New team
          </Button>
        }
      />
      <AccessTabs current="teams" />
      <AclSwitch />
      <DataGrid
        label="Teams"
        idAccessor="uuid"
        columns={COLUMNS}
        records={teams.data}
        error={teams.error}
        onRetry={teams.refetch}
        minWidth={640}
        empty={
          <EmptyState title="No teams">The default teams appear when the server first starts.</EmptyState>
        }
      />
      <NameDialog
        opened={writing}
        title="New team"
        failed="The team was not created"
        onSave={async (name) => {
          const team = await rest<Team>('PUT', '/team', { body: { name } })
          await reload()
          await navigate({
            to: '/administration/access/teams/$teamUuid',
            params: { teamUuid: team.uuid },
          })
        }}
        onClose={write.close}
      />
    </>
  )
}
