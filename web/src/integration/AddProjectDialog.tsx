import { Badge, Button, Group, Modal, Radio, Stack, Switch, Text } from '@mantine/core'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { gql } from '@/graphql/client'
import {
  AssociateProjectDocument,
  ExternalProjectsDocument,
  type ExternalProjectsQuery,
  type FollowMode,
} from '@/graphql/generated/graphql'
import { DataGrid } from '@/shared/DataGrid'
import { RelativeTime } from '@/shared/RelativeTime'
import { SearchInput } from '@/shared/SearchInput'
import { EmptyState, ErrorState } from '@/shared/States'
import { plural } from '@/shared/words'
import { ImportResults } from './ImportResults'

type Project = ExternalProjectsQuery['externalProjects']['collection'][number]

const PER_PAGE = 10

const COLUMNS: DataTableColumn<Project>[] = [
  {
    accessor: 'name',
    title: 'Project',
    render: (project) => (
      <Group gap={6} wrap="nowrap">
        <Text span size="sm" fw={600}>
          {project.name}
        </Text>
        {!project.active && (
          <Badge variant="default" size="sm" tt="none">
            Inactive
          </Badge>
        )}
      </Group>
    ),
  },
  { accessor: 'version', title: 'Version', render: (project) => project.version ?? '–' },
  {
    accessor: 'lastImportAt',
    title: 'Last SBOM',
    render: (project) => <RelativeTime at={project.lastImportAt} />,
  },
  {
    accessor: 'asset',
    title: 'Asset',
    render: (project) =>
      project.asset ? (
        <Badge variant="default" tt="none" fw={500}>
          Already imported
        </Badge>
      ) : (
        <Text span size="sm" c="dimmed">
          Not imported
        </Text>
      ),
  },
]

interface Props {
  companyId: string
  integrationId: string
  opened: boolean
  onClose: () => void
}

export function AddProjectDialog(props: Props) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title="Add project" size={860}>
      {props.opened && <Chooser {...props} />}
    </Modal>
  )
}

function Chooser({ companyId, integrationId, onClose }: Props) {
  const cache = useQueryClient()
  const [search, setSearch] = useState('')
  const [page, setPage] = useState(1)
  const [onlyNew, setOnlyNew] = useState(false)
  const [inactive, setInactive] = useState(false)
  const [follow, setFollow] = useState<FollowMode>('VERSION')
  const [selected, setSelected] = useState<Project[]>([])
  const projects = useQuery({
    queryKey: ['external-projects', integrationId, { search, page, onlyNew, inactive }],
    queryFn: () =>
      gql(ExternalProjectsDocument, {
        integrationId,
        search: search || null,
        onlyNotImported: onlyNew,
        includeInactive: inactive,
        page,
        limit: PER_PAGE,
      }),
    select: (data) => data.externalProjects,
    placeholderData: keepPreviousData,
  })
  const importing = useMutation({
    mutationFn: (chosen: Project[]) =>
      gql(AssociateProjectDocument, {
        input: {
          companyId,
          integration: 'DEPENDENCY_TRACK',
          projectIds: chosen.map((project) => project.id),
          follow,
        },
      }),
    onSuccess: () =>
      Promise.all(
        ['imported', 'external-projects', 'assets'].map((key) =>
          cache.invalidateQueries({ queryKey: [key] }),
        ),
      ),
  })
  if (importing.data)
    return <ImportResults results={importing.data.associateProject} projects={selected} onClose={onClose} />
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <SearchInput
          label="Search projects"
          hotkey={false}
          value={search}
          onChange={(text) => {
            setSearch(text)
            setPage(1)
          }}
        />
        <Switch
          label="Only projects not imported"
          checked={onlyNew}
          onChange={(event) => {
            setOnlyNew(event.currentTarget.checked)
            setPage(1)
          }}
        />
        <Switch
          label="Inactive ones too"
          checked={inactive}
          onChange={(event) => {
            setInactive(event.currentTarget.checked)
            setPage(1)
          }}
        />
      </Group>
      <DataGrid
        label="Projects in Dependency-Track"
        columns={COLUMNS}
        records={projects.data?.collection}
        error={projects.error}
        onRetry={projects.refetch}
        fetching={projects.isPlaceholderData}
        total={projects.data?.metadata.totalCount}
        page={page}
        pageSize={PER_PAGE}
        onPage={setPage}
        selected={selected}
        onSelect={setSelected}
        isSelectable={(project) => project.asset === null}
        empty={
          search ? (
            <EmptyState title={`No project matches “${search}”`}>Try a part of the name.</EmptyState>
          ) : onlyNew ? (
            <EmptyState title="Every project is imported" />
          ) : (
            <EmptyState title="This Dependency-Track has no project">
              Upload an SBOM there first. The token sees the projects that its team may see.
            </EmptyState>
          )
        }
      />
      <Radio.Group
        label="Several versions of a project"
        value={follow}
        onChange={(value) => setFollow(value as FollowMode)}
      >
        <Group mt="xs">
          <Radio value="VERSION" label="One asset for each version" />
          <Radio value="LATEST" label="One asset that follows the latest version" />
        </Group>
      </Radio.Group>
      {importing.error && <ErrorState error={importing.error} title="Nothing was imported" />}
      <Group justify="space-between">
        <Text size="sm" c="dimmed" role="status">
          {selected.length === 0 ? 'No project chosen' : `${plural(selected.length, 'project')} chosen`}
        </Text>
        <Group gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={selected.length === 0}
            loading={importing.isPending}
            onClick={() => importing.mutate(selected)}
          >
            {selected.length === 0 ? 'Import' : `Import ${plural(selected.length, 'project')}`}
          </Button>
        </Group>
      </Group>
    </Stack>
  )
}
