import { Button, SimpleGrid, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPencil, IconTrash } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { AppLink } from '@/shared/AppLink'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { PageHeader } from '@/shared/PageHeader'
import { EmptyState, ErrorState, PageSkeleton } from '@/shared/States'
import type { Team } from '../api'
import { rest } from '../rest'
import { NameDialog } from './NameDialog'
import { LdapGroups, OidcGroups } from './TeamGroups'
import { TeamKeys } from './TeamKeys'
import { TeamMembers } from './TeamMembers'
import { TeamPermissions } from './TeamPermissions'
import { TeamProjects } from './TeamProjects'
import { useReloadAccess, useTeams } from './useTeams'

const route = getRouteApi('/shell/administration/access/teams/$teamUuid')

export function TeamPage() {
  const { teamUuid } = route.useParams()
  const teams = useTeams()
  if (teams.error && !teams.data) return <ErrorState error={teams.error} onRetry={teams.refetch} />
  if (!teams.data) return <PageSkeleton />
  const team = teams.data.find((one) => one.uuid === teamUuid)
  if (!team)
    return (
      <EmptyState
        title="There is no such team"
        action={<AppLink to="/administration/access/teams">Go to the teams</AppLink>}
      />
    )
  return <TeamView team={team} />
}

function TeamView({ team }: { team: Team }) {
  const navigate = route.useNavigate()
  const reload = useReloadAccess()
  const [renaming, rename] = useDisclosure(false)
  const [deleting, remove] = useState<Team | null>(null)
  return (
    <Stack gap="lg">
      <div>
        <PageHeader
          title={team.name}
          crumbs={[{ label: 'Teams', to: '/administration/access/teams' }]}
          actions={
            <>
              <Button
                variant="default"
                leftSection={<IconPencil size={16} aria-hidden />}
                onClick={rename.open}
              >
                Rename
              </Button>
              <Button
                variant="default"
                leftSection={<IconTrash size={16} aria-hidden />}
                onClick={() => remove(team)}
              >
                Delete
              </Button>
            </>
          }
        />
        <TeamKeys team={team} />
      </div>
      <SimpleGrid cols={{ base: 1, md: 2 }} style={{ alignItems: 'start' }}>
        <TeamPermissions team={team} />
        <Stack gap="md">
          <TeamMembers team={team} />
          <LdapGroups team={team} />
          <OidcGroups team={team} />
        </Stack>
      </SimpleGrid>
      <TeamProjects team={team} />
      <NameDialog
        opened={renaming}
        title="Rename the team"
        name={team.name}
        failed="The team was not renamed"
        onSave={async (name) => {
          await rest<Team>('POST', '/team', { body: { uuid: team.uuid, name } })
          await reload()
        }}
        onClose={rename.close}
      />
      <ConfirmDialog
        target={deleting}
        title={(one) => `Delete ${one.name}?`}
        text={() => 'Its API keys stop working at once. Its members stay, without what it let them do.'}
        failed="The team was not deleted"
        done="Team deleted"
        onConfirm={async (one) => {
          await rest<void>('DELETE', '/team', { body: { uuid: one.uuid, name: one.name } })
          await navigate({ to: '/administration/access/teams' })
          await reload()
        }}
        onClose={() => remove(null)}
      />
    </Stack>
  )
}
