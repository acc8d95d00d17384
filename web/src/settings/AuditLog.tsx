import { Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { gql } from '@/graphql/client'
import { AuditLogDocument, type AuditLogQuery } from '@/graphql/generated/graphql'
import { DataGrid } from '@/shared/DataGrid'
import { RelativeTime } from '@/shared/RelativeTime'
import { EmptyState } from '@/shared/States'

type Entry = AuditLogQuery['auditLog']['collection'][number]

const COLUMNS: DataTableColumn<Entry>[] = [
  { accessor: 'at', title: 'When', render: (entry) => <RelativeTime at={entry.at} /> },
  { accessor: 'actor', title: 'Who' },
  {
    accessor: 'action',
    title: 'What',
    render: (entry) => (
      <Text span size="sm" ff="monospace">
        {entry.action}
      </Text>
    ),
  },
  { accessor: 'target', title: 'To what' },
  { accessor: 'detail', title: 'Detail', render: (entry) => entry.detail ?? '–' },
  { accessor: 'address', title: 'From', render: (entry) => entry.address ?? '–' },
]

/** Who changed what in the company. */
export function AuditLog({ companyId }: { companyId: string }) {
  const [page, setPage] = useState(1)
  const log = useQuery({
    queryKey: ['audit', companyId, page],
    queryFn: () => gql(AuditLogDocument, { companyId, page }),
    select: (data) => data.auditLog,
    placeholderData: keepPreviousData,
  })
  return (
    <DataGrid
      label="Audit log"
      columns={COLUMNS}
      records={log.data?.collection}
      fetching={log.isPlaceholderData}
      error={log.error}
      onRetry={log.refetch}
      total={log.data?.metadata.totalCount}
      page={page}
      onPage={setPage}
      minWidth={860}
      empty={<EmptyState title="Nothing has been changed yet" />}
    />
  )
}
