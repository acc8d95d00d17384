import { Group, List, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { SearchInput } from '@/shared/SearchInput'
import { EmptyState } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { plural } from '@/shared/words'
import { restPage } from '../rest'

/** A service that an application talks to, as its SBOM tells. */
interface Service {
  uuid: string
  name: string
  group?: string
  version?: string
  provider?: { name?: string }
  description?: string
  endpoints?: string[]
  authenticated?: boolean
  crossesTrustBoundary?: boolean
  data?: { direction?: string; name?: string }[]
}

const DIRECTIONS: Record<string, string> = {
  INBOUND: 'in',
  OUTBOUND: 'out',
  BI_DIRECTIONAL: 'in and out',
}

const yesNo = (value: boolean | undefined) => (value === undefined ? '–' : value ? 'Yes' : 'No')

const COLUMNS: DataTableColumn<Service>[] = [
  {
    accessor: 'name',
    title: 'Service',
    render: ({ name, group, version, description }) => (
      <>
        <Text span size="sm" fw={600}>
          {name}
        </Text>{' '}
        <Text span size="sm" c="dimmed">
          {version}
        </Text>
        <Text size="xs" c="dimmed">
          {[group, description].filter(Boolean).join(': ')}
        </Text>
      </>
    ),
  },
  { accessor: 'provider', title: 'Provider', render: ({ provider }) => provider?.name ?? '–' },
  {
    accessor: 'endpoints',
    title: 'Endpoints',
    render: ({ endpoints }) =>
      endpoints?.length ? (
        <List listStyleType="none" size="sm">
          {endpoints.map((endpoint) => (
            <List.Item key={endpoint} style={{ overflowWrap: 'anywhere' }}>
              {endpoint}
            </List.Item>
          ))}
        </List>
      ) : (
        '–'
      ),
  },
  {
    accessor: 'data',
    title: 'Data',
    render: ({ data }) =>
      data?.length
        ? data.map((one) => [one.name, DIRECTIONS[one.direction ?? '']].filter(Boolean).join(' ')).join(', ')
        : '–',
  },
  { accessor: 'authenticated', title: 'Authenticated', render: (service) => yesNo(service.authenticated) },
  {
    accessor: 'crossesTrustBoundary',
    title: 'Crosses a trust boundary',
    render: (service) => yesNo(service.crossesTrustBoundary),
  },
]

interface Props {
  projectUuid: string
  search: { q?: string; page?: number }
}

export function ServiceTable({ projectUuid, search }: Props) {
  const { q, page = 1 } = search
  const setList = useListState<Props['search']>()
  const services = useQuery({
    queryKey: ['services', projectUuid, { q, page }],
    queryFn: () =>
      restPage<Service>(`/service/project/${projectUuid}`, {
        searchText: q,
        pageNumber: page,
        pageSize: PAGE_SIZE,
      }),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <Group mb="sm" gap="md">
        <SearchInput
          label="Search services"
          value={q ?? ''}
          onChange={(text) => setList({ q: text || undefined })}
        />
        <Text size="sm" c="dimmed" ml="auto" role="status">
          {services.data ? plural(services.data.total, 'service') : ''}
        </Text>
      </Group>
      <DataGrid
        label="Services"
        idAccessor="uuid"
        columns={COLUMNS}
        records={services.data?.rows}
        fetching={services.isPlaceholderData}
        error={services.error}
        onRetry={services.refetch}
        total={services.data?.total}
        page={page}
        onPage={(next) => setList({ page: next })}
        minWidth={820}
        empty={
          q ? (
            <EmptyState title={`No service matches “${q}”`} />
          ) : (
            <EmptyState title="The SBOM tells of no service">
              Services that an application talks to are listed here when its SBOM names them.
            </EmptyState>
          )
        }
      />
    </>
  )
}
