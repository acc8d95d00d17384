import { Button, Group, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { DataGrid } from '@/shared/DataGrid'
import { editColumn } from '@/shared/editColumn'
import { EmptyState } from '@/shared/States'
import { rest } from '../rest'
import { GroupDialog } from './GroupDialog'
import type { LicenseGroup } from './license'
import { useLicenseGroups, useReloadLicenses } from './useLicenses'

function columns(
  edit: (group: LicenseGroup) => void,
  remove: (group: LicenseGroup) => void,
): DataTableColumn<LicenseGroup>[] {
  return [
    {
      accessor: 'name',
      title: 'Group',
      render: ({ name }) => (
        <Text span size="sm" fw={600}>
          {name}
        </Text>
      ),
    },
    { accessor: 'riskWeight', title: 'Weight', textAlign: 'right', width: 80 },
    {
      accessor: 'licenses',
      title: 'Licences',
      render: ({ licenses = [] }) => (
        <Text span size="sm" c="dimmed" lineClamp={2}>
          {licenses.length === 0
            ? 'None yet'
            : `${licenses.length}: ${licenses.map((one) => one.licenseId).join(', ')}`}
        </Text>
      ),
    },
    editColumn(({ name }) => name, edit, remove),
  ]
}

/** Licences that ask for the same, so that a policy can name them together. */
export function GroupList() {
  const groups = useLicenseGroups()
  const reload = useReloadLicenses()
  const [editing, edit] = useState<LicenseGroup | 'new' | null>(null)
  const [deleting, remove] = useState<LicenseGroup | null>(null)
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => edit('new')}>
      New group
    </Button>
  )
  return (
    <>
      {(groups.data?.length ?? 0) > 0 && <Group mb="sm">{add}</Group>}
      <DataGrid
        label="Licence groups"
        idAccessor="uuid"
        columns={columns(edit, remove)}
        records={groups.data}
        error={groups.error}
        onRetry={groups.refetch}
        minWidth={640}
        empty={
          <EmptyState title="No groups yet" action={add}>
            A group puts licences together that ask for the same, for policies.
          </EmptyState>
        }
      />
      <GroupDialog editing={editing} onClose={() => edit(null)} />
      <ConfirmDialog
        target={deleting}
        title={(group) => `Delete ${group.name}?`}
        text={() => 'Its licences stay. Conditions of policies on it are never met any more.'}
        failed="The group was not deleted"
        done="Group deleted"
        onConfirm={async (group) => {
          await rest<void>('DELETE', `/licenseGroup/${group.uuid}`)
          await reload()
        }}
        onClose={() => remove(null)}
      />
    </>
  )
}
