import { Button, Group, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { SearchInput } from '@/shared/SearchInput'
import { SeverityCounts } from '@/shared/Severity'
import { EmptyState } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { plural } from '@/shared/words'
import type { Component } from '../api'
import { counts } from '../counts'
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
  { accessor: 'version', title: 'Version', render: (component) => component.version ?? '–' },
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
    accessor: 'lastInheritedRiskScore',
    title: 'Risk score',
    textAlign: 'right',
    render: (component) => component.lastInheritedRiskScore?.toLocaleString('en') ?? '–',
  },
]

interface Props {
  projectUuid: string
  search: { q?: string; page?: number }
  onUpload: () => void
}

export function ComponentTable({ projectUuid, search, onUpload }: Props) {
  const { q, page = 1 } = search
  const setList = useListState<Props['search']>()
  const components = useQuery({
    queryKey: ['components', projectUuid, { q, page }],
    queryFn: () =>
      restPage<Component>(`/component/project/${projectUuid}`, {
        searchText: q,
        pageNumber: page,
        pageSize: PAGE_SIZE,
      }),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <Group justify="space-between" mb="sm">
        <SearchInput
          label="Search components"
          value={q ?? ''}
          onChange={(text) => setList({ q: text || undefined })}
        />
        <Text size="sm" c="dimmed" role="status">
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
        minWidth={820}
        empty={
          q ? (
            <EmptyState title={`No component matches “${q}”`} />
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
