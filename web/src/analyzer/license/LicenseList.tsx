import { Badge, Button, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import type { DataTableColumn } from 'mantine-datatable'
import { useMemo } from 'react'
import { AppLink } from '@/shared/AppLink'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { SearchInput } from '@/shared/SearchInput'
import { EmptyState } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { plural } from '@/shared/words'
import { type ConciseLicense, findLicenses, licenseMarks } from './license'
import { NewLicenseDialog } from './NewLicenseDialog'
import type { LicensesSearch } from './search'
import { useLicenses } from './useLicenses'

const COLUMNS: DataTableColumn<ConciseLicense>[] = [
  {
    accessor: 'licenseId',
    title: 'Id',
    width: 200,
    render: ({ licenseId }) => (
      <AppLink to="/analyzer/licenses/$licenseId" params={{ licenseId }} fw={600}>
        {licenseId}
      </AppLink>
    ),
  },
  { accessor: 'name', title: 'Name' },
  {
    accessor: 'marks',
    title: '',
    render: (license) => (
      <Group gap={4}>
        {licenseMarks(license).map((mark) => (
          <Badge key={mark} variant="default" size="sm" tt="none" fw={500}>
            {mark}
          </Badge>
        ))}
      </Group>
    ),
  },
]

export function LicenseList({ search }: { search: LicensesSearch }) {
  const { q, page = 1 } = search
  const setList = useListState<LicensesSearch>()
  const licenses = useLicenses()
  const [writing, write] = useDisclosure(false)
  const found = useMemo(() => licenses.data && findLicenses(licenses.data, q), [licenses.data, q])
  return (
    <>
      <Group mb="sm" gap="md">
        <SearchInput
          label="Search by id or name"
          value={q ?? ''}
          onChange={(text) => setList({ q: text || undefined })}
        />
        <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={write.open}>
          New licence
        </Button>
        <Text size="sm" c="dimmed" ml="auto" role="status">
          {found ? plural(found.length, 'licence') : ''}
        </Text>
      </Group>
      <DataGrid
        label="Licences"
        idAccessor="uuid"
        columns={COLUMNS}
        records={found?.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)}
        error={licenses.error}
        onRetry={licenses.refetch}
        total={found?.length}
        page={page}
        onPage={(next) => setList({ page: next })}
        minWidth={640}
        empty={
          q ? (
            <EmptyState
              title={`No licence matches “${q}”`}
              action={
                <Button variant="default" onClick={() => setList({ q: undefined })}>
                  Clear search
                </Button>
              }
            />
          ) : (
            <EmptyState title="No licences">They appear when the server first starts.</EmptyState>
          )
        }
      />
      <NewLicenseDialog opened={writing} onClose={write.close} />
    </>
  )
}
