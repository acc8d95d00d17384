import { Group } from '@mantine/core'
import { IconPencil, IconTrash } from '@tabler/icons-react'
import type { DataTableColumn } from 'mantine-datatable'
import { RowAction } from './RowAction'

/** The column in which a row is edited and deleted. */
export function editColumn<T>(
  nameOf: (row: T) => string,
  edit: (row: T) => void,
  remove: (row: T) => void,
): DataTableColumn<T> {
  return {
    accessor: 'actions',
    title: '',
    width: 90,
    textAlign: 'right',
    render: (row) => (
      <Group gap={4} justify="flex-end" wrap="nowrap">
        <RowAction icon={IconPencil} label="Edit" of={nameOf(row)} onClick={() => edit(row)} />
        <RowAction icon={IconTrash} label="Delete" of={nameOf(row)} danger onClick={() => remove(row)} />
      </Group>
    ),
  }
}
