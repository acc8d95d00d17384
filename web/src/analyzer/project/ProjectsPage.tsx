import { Badge, Button, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconUpload } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { DataTableColumn } from 'mantine-datatable'
import { AppLink } from '@/shared/AppLink'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { PageHeader } from '@/shared/PageHeader'
import { RelativeTime } from '@/shared/RelativeTime'
import { SearchInput } from '@/shared/SearchInput'
import { SeverityCounts } from '@/shared/Severity'
import { EmptyState } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { plural } from '@/shared/words'
import type { Project } from '../api'
import { UploadDialog } from '../bom/UploadDialog'
import { counts } from '../counts'
import { restPage } from '../rest'
import type { PROJECT_SORTS, ProjectsSearch } from './search'

const route = getRouteApi('/shell/analyzer/projects')

const COLUMNS: DataTableColumn<Project>[] = [
  {
    accessor: 'name',
    title: 'Project',
    sortable: true,
    render: (project) => (
      <Group gap={6} wrap="nowrap">
        <AppLink to="/analyzer/projects/$projectUuid" params={{ projectUuid: project.uuid }} fw={600}>
          {project.name}
        </AppLink>
        {project.isLatest && (
          <Badge variant="default" size="sm" tt="none" fw={500}>
            Latest
          </Badge>
        )}
        {!project.active && (
          <Badge variant="default" size="sm" tt="none" fw={500}>
            Inactive
          </Badge>
        )}
      </Group>
    ),
  },
  { accessor: 'version', title: 'Version', sortable: true, render: (project) => project.version ?? '–' },
  {
    accessor: 'lastBomImport',
    title: 'Last SBOM',
    sortable: true,
    render: (project) => <RelativeTime at={project.lastBomImport} />,
  },
  {
    accessor: 'components',
    title: 'Components',
    textAlign: 'right',
    render: (project) => project.metrics?.components?.toLocaleString('en') ?? '–',
  },
  {
    accessor: 'vulnerabilities',
    title: 'Vulnerabilities',
    render: (project) =>
      project.metrics ? (
        <SeverityCounts counts={counts(project.metrics)} lastLabel="Unassigned" />
      ) : (
        <Text span size="sm" c="dimmed">
          Not measured yet
        </Text>
      ),
  },
  {
    accessor: 'lastInheritedRiskScore',
    title: 'Risk score',
    sortable: true,
    textAlign: 'right',
    render: (project) => project.lastInheritedRiskScore?.toLocaleString('en') ?? '–',
  },
]

export function ProjectsPage() {
  const { q, page = 1, sort = 'name', order = 'asc' } = route.useSearch()
  const setList = useListState<ProjectsSearch>()
  const [uploading, upload] = useDisclosure(false)
  const projects = useQuery({
    queryKey: ['projects', { q, page, sort, order }],
    queryFn: () =>
      restPage<Project>('/project', {
        searchText: q,
        pageNumber: page,
        pageSize: PAGE_SIZE,
        sortName: sort,
        sortOrder: order,
      }),
    placeholderData: keepPreviousData,
  })
  const uploadButton = (
    <Button leftSection={<IconUpload size={16} aria-hidden />} onClick={upload.open}>
      Upload SBOM
    </Button>
  )
  return (
    <>
      <PageHeader
        title="Projects"
        description={
          projects.data ? plural(projects.data.total, 'project') : 'Applications and what they are made of'
        }
        actions={
          <>
            <SearchInput
              label="Search projects"
              value={q ?? ''}
              onChange={(text) => setList({ q: text || undefined })}
            />
            {uploadButton}
          </>
        }
      />
      <DataGrid
        label="Projects"
        idAccessor="uuid"
        columns={COLUMNS}
        records={projects.data?.rows}
        fetching={projects.isPlaceholderData}
        error={projects.error}
        onRetry={projects.refetch}
        total={projects.data?.total}
        page={page}
        onPage={(next) => setList({ page: next })}
        sort={{ columnAccessor: sort, direction: order }}
        onSort={(status) =>
          setList({ sort: status.columnAccessor as (typeof PROJECT_SORTS)[number], order: status.direction })
        }
        minWidth={820}
        empty={
          q ? (
            <EmptyState
              title={`No project matches “${q}”`}
              action={
                <Button variant="default" onClick={() => setList({ q: undefined })}>
                  Clear search
                </Button>
              }
            />
          ) : (
            <EmptyState title="No projects yet" action={uploadButton}>
              Upload a CycloneDX SBOM here, or let your pipeline send it to the API.
            </EmptyState>
          )
        }
      />
      <UploadDialog opened={uploading} onClose={upload.close} />
    </>
  )
}
