import { Button, Group, Switch, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { AppLink } from '@/shared/AppLink'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { SearchInput } from '@/shared/SearchInput'
import { SeverityCounts } from '@/shared/Severity'
import { EmptyState } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { plural } from '@/shared/words'
import type { Component } from '../api'
import { counts } from '../counts'
import { ViolationCounts } from '../policy/StateBadge'
import { restPage } from '../rest'

const COLUMNS: DataTableColumn<Component>[] = [
  {
    accessor: 'name',
    title: 'Component',
    render: (component) => (
      <>
        <Text span size="sm" fw={600}>
          {component.name}
        </Text>
        {component.group && (
          <Text span size="xs" c="dimmed">
            {' '}
            {component.group}
          </Text>
        )}
      </>
    ),
  },
  { accessor: 'version', title: 'Version', render: versions },
  {
    accessor: 'purl',
    title: 'Package URL',
    render: (component) => (
      <Text span ff="monospace" fz="xs" style={{ overflowWrap: 'anywhere' }}>
        {component.purl ?? '–'}
      </Text>
    ),
  },
  {
    accessor: 'license',
    title: 'Licence',
    render: (component) =>
      component.resolvedLicense?.licenseId ?? component.licenseExpression ?? component.license ?? '–',
  },
  {
    accessor: 'metrics',
    title: 'Vulnerabilities',
    render: (component) => <SeverityCounts counts={counts(component.metrics)} lastLabel="Unassigned" />,
  },
  {
    accessor: 'violations',
    title: 'Violations',
    render: (component) => <ViolationCounts metrics={component.metrics} />,
  },
  {
    accessor: 'lastInheritedRiskScore',
    title: 'Risk score',
    textAlign: 'right',
    render: (component) => component.lastInheritedRiskScore?.toLocaleString('en') ?? '–',
  },
]

/** The version, and the latest one where it is another. */
function versions({ version, repositoryMeta }: Component) {
  const latest = repositoryMeta?.latestVersion
  return (
    <>
      {version ?? '–'}
      {latest && (
        <Text size="xs" c="dimmed">
          {latest === version ? 'latest' : `latest is ${latest}`}
        </Text>
      )}
    </>
  )
}

interface Props {
  projectUuid: string
  search: { q?: string; page?: number; outdated?: true; direct?: true }
  onUpload: () => void
}

export function ComponentTable({ projectUuid, search, onUpload }: Props) {
  const { q, page = 1, outdated, direct } = search
  const setList = useListState<Props['search']>()
  const components = useQuery({
    queryKey: ['components', projectUuid, { q, page, outdated, direct }],
    queryFn: () =>
      restPage<Component>(`/component/project/${projectUuid}`, {
        searchText: q,
        onlyOutdated: outdated,
        onlyDirect: direct,
        pageNumber: page,
        pageSize: PAGE_SIZE,
      }),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <Group gap="md" mb="sm">
        <SearchInput
          label="Search components"
          value={q ?? ''}
          onChange={(text) => setList({ q: text || undefined })}
        />
        <Switch
          label="Outdated only"
          checked={outdated ?? false}
          onChange={(event) => setList({ outdated: event.currentTarget.checked || undefined })}
        />
        <Switch
          label="Direct only"
          checked={direct ?? false}
          onChange={(event) => setList({ direct: event.currentTarget.checked || undefined })}
        />
        <Text size="sm" c="dimmed" ml="auto" role="status">
          {components.data ? plural(components.data.total, 'component') : ''}
        </Text>
      </Group>
      <DataGrid
        label="Components"
        idAccessor="uuid"
        columns={COLUMNS}
        records={components.data?.rows}
        fetching={components.isPlaceholderData}
        error={components.error}
        onRetry={components.refetch}
        total={components.data?.total}
        page={page}
        onPage={(next) => setList({ page: next })}
        minWidth={980}
        empty={
          q ? (
            <EmptyState title={`No component matches “${q}”`} />
          ) : outdated ? (
            <EmptyState
              title="No component is known to be outdated"
              action={<AppLink to="/administration/repositories">Go to the repositories</AppLink>}
            >
              Latest versions come from repositories. One without an address is not asked.
            </EmptyState>
          ) : direct ? (
            <EmptyState title="The SBOM tells of no direct dependency" />
          ) : (
            <EmptyState
              title="No components yet"
              action={
                <Button variant="default" onClick={onUpload}>
                  Upload SBOM
                </Button>
              }
            >
              The components of a project come from its SBOM.
            </EmptyState>
          )
        }
      />
    </>
  )
}
