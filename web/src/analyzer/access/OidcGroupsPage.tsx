import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus, IconUsersGroup } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { AppLink } from '@/shared/AppLink'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { change } from '@/shared/change'
import { DataGrid } from '@/shared/DataGrid'
import { DialogFooter } from '@/shared/DialogFooter'
import { editColumn } from '@/shared/editColumn'
import { toAppError } from '@/shared/error'
import { MemberSelect } from '@/shared/MemberSelect'
import { PageHeader } from '@/shared/PageHeader'
import { toastDone } from '@/shared/query'
import { EmptyState, ErrorState } from '@/shared/States'
import type { Team } from '../api'
import { rest } from '../rest'
import { AccessTabs } from './AccessTabs'
import type { OidcGroup, OidcMapping } from './group'
import { useOidcGroups, useReloadAccess, useTeams } from './useTeams'

/** The teams that a group stands for. */
const teamsOf = (group: OidcGroup, teams: readonly Team[]) =>
  teams.filter((team) => team.mappedOidcGroups?.some((mapping) => mapping.group.uuid === group.uuid))

function columns(
  teams: Team[] | undefined,
  edit: (group: OidcGroup) => void,
  remove: (group: OidcGroup) => void,
): DataTableColumn<OidcGroup>[] {
  return [
    {
      accessor: 'name',
      title: 'Group',
      render: ({ name }) => (
        <Text span size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Text>
      ),
    },
    {
      accessor: 'teams',
      title: 'Stands for the teams',
      render: (group) => {
        if (!teams) return '…'
        const found = teamsOf(group, teams)
        if (found.length === 0) return 'None'
        return (
          <Group gap="xs">
            {found.map((team) => (
              <AppLink
                key={team.uuid}
                to="/administration/access/teams/$teamUuid"
                params={{ teamUuid: team.uuid }}
              >
                {team.name}
              </AppLink>
            ))}
          </Group>
        )
      },
    },
    editColumn(({ name }) => name, edit, remove),
  ]
}

/** The groups of the OpenID Connect provider that are known here. */
export function OidcGroupsPage() {
  const groups = useOidcGroups()
  const teams = useTeams()
  const reload = useReloadAccess()
  const [editing, edit] = useState<OidcGroup | 'new' | null>(null)
  const [deleting, remove] = useState<OidcGroup | null>(null)
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => edit('new')}>
      New group
    </Button>
  )
  return (
    <>
      <PageHeader
        title="OpenID Connect groups"
        description="Groups of the provider that stand for teams. Whoever has one joins its teams when they sign in, where groups decide about teams."
        actions={add}
      />
      <AccessTabs current="groups" />
      <DataGrid
        label="OpenID Connect groups"
        idAccessor="uuid"
        columns={columns(teams.data, edit, remove)}
        records={groups.data}
        error={groups.error}
        onRetry={groups.refetch}
        minWidth={560}
        empty={
          <EmptyState title="No group is known" icon={IconUsersGroup} action={add}>
            Add a group by the name that the provider gives it, and choose the teams that it stands for.
          </EmptyState>
        }
      />
      <Modal
        opened={editing !== null}
        onClose={() => edit(null)}
        title={editing === 'new' ? 'New group' : 'Edit group'}
      >
        {editing && <Form group={editing === 'new' ? undefined : editing} onClose={() => edit(null)} />}
      </Modal>
      <ConfirmDialog
        target={deleting}
        title={(group) => `Delete ${group.name}?`}
        text={() => 'It no longer stands for a team. Who is in a team by it stays until they sign in again.'}
        failed="The group was not deleted"
        done="Group deleted"
        onConfirm={async (group) => {
          await rest<void>('DELETE', `/oidc/group/${group.uuid}`)
          await reload()
        }}
        onClose={() => remove(null)}
      />
    </>
  )
}

/** Writes the group, and then the teams that came and went. */
async function write(group: OidcGroup | undefined, name: string, before: string[], chosen: string[]) {
  const saved =
    group?.name === name
      ? group
      : await rest<OidcGroup>(group ? 'POST' : 'PUT', '/oidc/group', {
          body: group ? { uuid: group.uuid, name } : { name },
        })
  const { added, removed } = change(before, chosen)
  for (const team of added)
    await rest<OidcMapping>('PUT', '/oidc/mapping', { body: { team, group: saved.uuid } })
  for (const team of removed) await rest<void>('DELETE', `/oidc/group/${saved.uuid}/team/${team}/mapping`)
}

function Form({ group, onClose }: { group: OidcGroup | undefined; onClose: () => void }) {
  const reload = useReloadAccess()
  const known = useTeams()
  const [name, setName] = useState(group?.name ?? '')
  const [checked, setChecked] = useState(false)
  const before = (group && known.data ? teamsOf(group, known.data) : []).map((team) => team.uuid)
  const [picked, setPicked] = useState<string[]>()
  const chosen = picked ?? before
  const save = useMutation({
    mutationFn: () => write(group, name.trim(), before, chosen),
    onSuccess: () => {
      toastDone('Group saved')
      onClose()
    },
    onSettled: reload,
  })
  const taken = save.error && toAppError(save.error).code === 'CONFLICT'
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        setChecked(true)
        if (name.trim()) save.mutate()
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="As the provider writes it in its claim; upper and lower case count"
          required
          data-autofocus
          value={name}
          error={
            checked && !name.trim()
              ? 'Enter a name'
              : taken
                ? 'A group has this name already: choose another, or edit that one'
                : undefined
          }
          onChange={(event) => {
            setName(event.currentTarget.value)
            save.reset()
          }}
        />
        <MemberSelect
          label="Teams"
          placeholder={chosen.length === 0 ? 'None: it grants nothing' : undefined}
          known={known}
          labelOf={(team) => team.name}
          chosen={chosen}
          onChange={setPicked}
          nothingFoundMessage="No such team"
        />
        {save.error && !taken && <ErrorState error={save.error} title="Not everything was saved" />}
        <DialogFooter onClose={onClose} saving={save.isPending} />
      </Stack>
    </form>
  )
}
