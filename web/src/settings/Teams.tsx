import { Button, Group, Modal, MultiSelect, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconUsersPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { gql } from '@/graphql/client'
import {
  CompanyTeamsDocument,
  type CompanyTeamsQuery,
  CreateTeamDocument,
  DeleteTeamDocument,
  PeopleDocument,
  UpdateTeamDocument,
} from '@/graphql/generated/graphql'
import { useCompany } from '@/session/viewer'
import { DataGrid } from '@/shared/DataGrid'
import { toastDone, toastError } from '@/shared/query'
import { EmptyState, ErrorState } from '@/shared/States'

type Team = CompanyTeamsQuery['teams']['collection'][number]

/** The teams that answer for assets. */
export function Teams({ companyId }: { companyId: string }) {
  const cache = useQueryClient()
  const { role } = useCompany()
  const [editing, edit] = useState<Team | 'new' | null>(null)
  const teams = useQuery({
    queryKey: ['teams', companyId],
    queryFn: () => gql(CompanyTeamsDocument, { companyId }),
    select: (data) => data.teams.collection,
  })
  const refresh = () =>
    Promise.all(['teams', 'team-choices', 'asset'].map((key) => cache.invalidateQueries({ queryKey: [key] })))
  const remove = useMutation({
    mutationFn: (id: string) => gql(DeleteTeamDocument, { input: { id } }),
    onSuccess: ({ deleteTeam }) => toastDone(deleteTeam.msg ?? 'Deleted'),
    onError: (error) => toastError(error, 'The team was not deleted'),
    onSettled: refresh,
  })
  const mayEdit = role !== 'READER' && role !== 'DEVELOPER'
  const columns: DataTableColumn<Team>[] = [
    { accessor: 'label', title: 'Team' },
    {
      accessor: 'allowedPortalUsers',
      title: 'People',
      render: (team) => (team.allowedPortalUsers ?? []).map((user) => user.name).join(', ') || 'Nobody',
    },
    {
      accessor: 'actions',
      title: '',
      textAlign: 'right',
      render: (team) =>
        mayEdit && (
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <Button size="xs" variant="subtle" onClick={() => edit(team)} aria-label={`Edit ${team.label}`}>
              Edit
            </Button>
            <Button
              size="xs"
              variant="subtle"
              onClick={() => remove.mutate(team.id)}
              aria-label={`Delete ${team.label}`}
            >
              Delete
            </Button>
          </Group>
        ),
    },
  ]
  return (
    <Stack gap="sm">
      {mayEdit && (
        <Group>
          <Button leftSection={<IconUsersPlus size={16} aria-hidden />} onClick={() => edit('new')}>
            New team
          </Button>
        </Group>
      )}
      <DataGrid
        label="Teams"
        columns={columns}
        records={teams.data}
        error={teams.error}
        onRetry={teams.refetch}
        empty={
          <EmptyState title="No teams yet">A team is a name for the people who answer for assets.</EmptyState>
        }
      />
      <Modal
        opened={editing !== null}
        onClose={() => edit(null)}
        title={editing === 'new' ? 'New team' : 'Edit team'}
      >
        {editing && (
          <EditTeam
            companyId={companyId}
            team={editing === 'new' ? null : editing}
            onDone={() => {
              edit(null)
              return refresh()
            }}
            onClose={() => edit(null)}
          />
        )}
      </Modal>
    </Stack>
  )
}

function EditTeam({
  companyId,
  team,
  onDone,
  onClose,
}: {
  companyId: string
  team: Team | null
  onDone: () => unknown
  onClose: () => void
}) {
  const people = useQuery({
    queryKey: ['people', companyId],
    queryFn: () => gql(PeopleDocument, { companyId }),
    select: (data) =>
      data.users.collection.map((user) => ({ value: user.id, label: user.name ?? user.email })),
  })
  const form = useForm({
    initialValues: {
      label: team?.label ?? '',
      people: team?.allowedPortalUsers?.map((user) => user.id) ?? [],
    },
    validate: { label: (value) => (value.trim() ? null : 'Enter a name') },
  })
  const save = useMutation({
    mutationFn: async (values: typeof form.values) => {
      const fields = { label: values.label.trim(), allowedPortalUserIds: values.people }
      if (team) await gql(UpdateTeamDocument, { input: { id: team.id, ...fields } })
      else await gql(CreateTeamDocument, { input: { companyId: Number(companyId), ...fields } })
    },
    onSuccess: () => {
      toastDone('Team saved')
      return onDone()
    },
  })
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
      <Stack gap="sm">
        <TextInput label="Name" required data-autofocus {...form.getInputProps('label')} />
        <MultiSelect label="People" data={people.data ?? []} {...form.getInputProps('people')} />
        {save.error && <ErrorState error={save.error} title="The team was not saved" />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
