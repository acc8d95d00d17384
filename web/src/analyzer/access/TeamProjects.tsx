import { Group, Text, Title } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { AppLink } from '@/shared/AppLink'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { toastError } from '@/shared/query'
import { RowAction } from '@/shared/RowAction'
import { EmptyState } from '@/shared/States'
import type { Project, Team } from '../api'
import { ProjectSelect, projectName } from '../project/ProjectSelect'
import { rest, restPage } from '../rest'
import { useAcl } from './AclSwitch'
import { useReloadAccess } from './useTeams'

/** The projects that a team sees when portfolio access control is on. */
export function TeamProjects({ team }: { team: Team }) {
  const [page, setPage] = useState(1)
  const on = useAcl()
  const reload = useReloadAccess()
  const projects = useQuery({
    queryKey: ['acl', team.uuid, page],
    queryFn: () => restPage<Project>(`/acl/team/${team.uuid}`, { pageNumber: page, pageSize: PAGE_SIZE }),
    placeholderData: keepPreviousData,
  })
  const change = useMutation({
    mutationFn: ({ project, add }: { project: string; add: boolean }) =>
      add
        ? rest<void>('PUT', '/acl/mapping', { body: { team: team.uuid, project } })
        : rest<void>('DELETE', `/acl/mapping/team/${team.uuid}/project/${project}`),
    onError: (error) => toastError(error, 'The projects were not changed'),
    onSettled: reload,
  })
  const columns: DataTableColumn<Project>[] = [
    {
      accessor: 'name',
      title: 'Project',
      render: (project) => (
        <AppLink to="/analyzer/projects/$projectUuid" params={{ projectUuid: project.uuid }} fw={600}>
          {project.name}
        </AppLink>
      ),
    },
    { accessor: 'version', title: 'Version', render: (project) => project.version ?? '–' },
    {
      accessor: 'actions',
      title: '',
      width: 60,
      textAlign: 'right',
      render: (project) => (
        <RowAction
          icon={IconTrash}
          label="Take away"
          of={projectName(project)}
          danger
          loading={change.isPending && change.variables.project === project.uuid}
          onClick={() => change.mutate({ project: project.uuid, add: false })}
        />
      ),
    },
  ]
  return (
    <section aria-labelledby="team-projects">
      <Title order={2} id="team-projects">
        Projects
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {on === false
          ? 'Portfolio access control is off: every team sees every project. What is chosen here counts once it is on.'
          : 'The team sees these projects and those below them.'}
      </Text>
      <Group mb="sm">
        <ProjectSelect
          label="Add a project"
          without={projects.data?.rows.map((one) => one.uuid) ?? []}
          notOfTeam={team.uuid}
          busy={change.isPending}
          onPick={(project) => change.mutate({ project: project.uuid, add: true })}
        />
      </Group>
      <DataGrid
        label="Projects of the team"
        idAccessor="uuid"
        columns={columns}
        records={projects.data?.rows}
        fetching={projects.isPlaceholderData}
        error={projects.error}
        onRetry={projects.refetch}
        total={projects.data?.total}
        page={page}
        onPage={setPage}
        minWidth={480}
        empty={
          <EmptyState title="No project is assigned">
            With portfolio access control, this team sees no project until one is added.
          </EmptyState>
        }
      />
    </section>
  )
}
