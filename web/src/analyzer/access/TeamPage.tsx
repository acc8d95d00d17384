import { ActionIcon, Button, Group, Modal, SimpleGrid, Stack, Text, Title, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconKey, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { AppLink } from '@/shared/AppLink'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { CopyField } from '@/shared/CopyField'
import { DataGrid } from '@/shared/DataGrid'
import { PageHeader } from '@/shared/PageHeader'
import { toastDone, toastError } from '@/shared/query'
import { RelativeTime } from '@/shared/RelativeTime'
import { EmptyState, ErrorState, PageSkeleton } from '@/shared/States'
import type { ApiKey, Team } from '../api'
import { rest } from '../rest'
import { NameDialog } from './NameDialog'
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
        <ApiKeys team={team} />
      </div>
      <SimpleGrid cols={{ base: 1, md: 2 }} style={{ alignItems: 'start' }}>
        <TeamPermissions team={team} />
        <TeamMembers team={team} />
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

function ApiKeys({ team }: { team: Team }) {
  const cache = useQueryClient()
  const [created, setCreated] = useState<string | null>(null)
  const [deleting, setDeleting] = useState<ApiKey | null>(null)
  const reload = () => cache.invalidateQueries({ queryKey: ['teams'] })
  const create = useMutation({
    mutationFn: () => rest<ApiKey>('PUT', `/team/${team.uuid}/key`),
    onSuccess: (key) => {
      setCreated(key.key ?? '')
      return reload()
    },
    onError: (error) => toastError(error, 'No key was created'),
  })
  const remove = useMutation({
    mutationFn: (key: ApiKey) => rest<void>('DELETE', `/team/key/${key.publicId}`),
    onSuccess: async () => {
      setDeleting(null)
      toastDone('API key deleted')
      await reload()
    },
  })
  const columns: DataTableColumn<ApiKey>[] = [
    {
      accessor: 'maskedKey',
      title: 'Key',
      render: (key) => (
        <Text span ff="monospace" fz="xs">
          {key.maskedKey.replace(/\*+$/, '••••••••')}
        </Text>
      ),
    },
    { accessor: 'comment', title: 'Comment', render: (key) => key.comment || '–' },
    { accessor: 'created', title: 'Created', render: (key) => <RelativeTime at={key.created} absent="–" /> },
    { accessor: 'lastUsed', title: 'Last used', render: (key) => <RelativeTime at={key.lastUsed} /> },
    {
      accessor: 'actions',
      title: '',
      textAlign: 'right',
      render: (key) => (
        <Tooltip label="Delete">
          <ActionIcon
            variant="subtle"
            color="red"
            aria-label={`Delete API key ${key.publicId}`}
            onClick={() => {
              remove.reset()
              setDeleting(key)
            }}
          >
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      ),
    },
  ]
  return (
    <section aria-labelledby="keys">
      <Group gap="xs" mb="sm">
        <Title order={2} id="keys">
          API keys
        </Title>
        <Tooltip label="Create API key">
          <ActionIcon aria-label="Create API key" onClick={() => create.mutate()} loading={create.isPending}>
            <IconPlus size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
      <DataGrid
        label="API keys"
        idAccessor="publicId"
        columns={columns}
        records={team.apiKeys ?? []}
        minWidth={640}
        empty={
          <EmptyState title="No API key" icon={IconKey}>
            Pipelines and integrations sign in with a key. Create one with the plus sign.
          </EmptyState>
        }
      />
      <Modal
        opened={created !== null}
        onClose={() => setCreated(null)}
        title="API key created"
        closeOnClickOutside={false}
      >
        <Stack gap="md">
          <Text size="sm">Copy the key now: it is shown this once and cannot be read again.</Text>
          <CopyField label="API key" value={created ?? ''} />
          <Group justify="flex-end">
            <Button onClick={() => setCreated(null)}>Done</Button>
          </Group>
        </Stack>
      </Modal>
      <Modal opened={deleting !== null} onClose={() => setDeleting(null)} title="Delete API key?">
        <Stack gap="md">
          <Text size="sm">Whatever uses the key {deleting?.publicId} stops working at once.</Text>
          {remove.error && <ErrorState error={remove.error} title="The key was not deleted" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setDeleting(null)}>
              Cancel
            </Button>
            <Button
              color="red.8"
              loading={remove.isPending}
              onClick={() => deleting && remove.mutate(deleting)}
            >
              Delete
            </Button>
          </Group>
        </Stack>
      </Modal>
    </section>
  )
}
