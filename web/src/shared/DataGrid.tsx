import { Box, Paper } from '@mantine/core'
import { DataTable, type DataTableColumn, type DataTableSortStatus } from 'mantine-datatable'
import type { ReactNode } from 'react'
import { ErrorState, TableSkeleton } from './States'

export const PAGE_SIZE = 20

interface Props<T> {
  /** What the table is, for people who do not see it. */
  label: string
  columns: DataTableColumn<T>[]
  records: T[] | undefined
  idAccessor?: string | ((record: T) => string)
  /** A later page or a new filter is on its way; the old rows stay. */
  fetching?: boolean
  error?: unknown
  onRetry?: () => void
  /** Shown in place of the table when there is no row. */
  empty: ReactNode
  total?: number
  page?: number
  pageSize?: number
  onPage?: (page: number) => void
  sort?: DataTableSortStatus<T>
  onSort?: (sort: DataTableSortStatus<T>) => void
  selected?: T[]
  onSelect?: (records: T[]) => void
  isSelectable?: (record: T) => boolean
  minWidth?: number
}

/** A list with its four states: loading, failed, empty, rows with pages. */
export function DataGrid<T>(props: Props<T>) {
  const { records, error, total, page, onPage, pageSize = PAGE_SIZE } = props
  if (error && !records) return <ErrorState error={error} onRetry={props.onRetry} />
  if (!records)
    return (
      <Paper>
        <TableSkeleton />
      </Paper>
    )
  if (records.length === 0 && (page ?? 1) === 1) return <Paper>{props.empty}</Paper>
  const paging =
    page !== undefined && onPage && total !== undefined && total > pageSize
      ? {
          page,
          onPageChange: onPage,
          totalRecords: total,
          recordsPerPage: pageSize,
          paginationSize: 'sm' as const,
          paginationText: ({ from, to, totalRecords }: { from: number; to: number; totalRecords: number }) =>
            `${from}–${to} of ${totalRecords}`,
          getPaginationControlProps: (control: string) => ({ 'aria-label': `${control} page` }),
        }
      : {}
  const sorting = props.sort ? { sortStatus: props.sort, onSortStatusChange: props.onSort } : {}
  const selecting = props.onSelect
    ? {
        selectedRecords: props.selected ?? [],
        onSelectedRecordsChange: props.onSelect,
        isRecordSelectable: props.isSelectable,
        allRecordsSelectionCheckboxProps: { 'aria-label': 'Select all on this page' },
      }
    : {}
  return (
    <Box component="section" aria-label={props.label}>
      {error ? (
        <Box mb="sm">
          <ErrorState error={error} onRetry={props.onRetry} />
        </Box>
      ) : null}
      {/* biome-ignore lint/suspicious/noExplicitAny: the table's props are one union per feature, which spreads cannot narrow */}
      <DataTable<any>
        className="mantine-datatable"
        withTableBorder
        borderRadius="md"
        highlightOnHover
        verticalSpacing={6}
        horizontalSpacing="sm"
        minHeight={records.length === 0 ? 120 : undefined}
        fetching={props.fetching}
        loaderSize="sm"
        loaderBackgroundBlur={0}
        columns={props.columns}
        records={records}
        idAccessor={props.idAccessor ?? 'id'}
        noRecordsText="Nothing on this page"
        styles={{ table: { minWidth: props.minWidth } }}
        {...paging}
        {...sorting}
        {...selecting}
      />
    </Box>
  )
}
