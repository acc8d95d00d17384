import { Badge, Button, Group, Menu, Text } from '@mantine/core'
import { IconChevronDown, IconCopy, IconEye, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { DataGrid } from '@/shared/DataGrid'
import { RowAction } from '@/shared/RowAction'
import { EmptyState } from '@/shared/States'
import { PropertyDialog } from '../property/PropertyDialog'
import { rest } from '../rest'
import type { Publisher } from './notification'
import { type Editing, PublisherDialog } from './PublisherDialog'
import { kindLabel } from './publisher'
import { GENERAL_FIELDS, JIRA_FIELDS } from './serverFields'
import { usePublishers } from './useRules'

const SETTINGS = {
  general: { title: 'Links in notifications', fields: GENERAL_FIELDS },
  jira: { title: 'Settings of Jira', fields: JIRA_FIELDS },
}

function columns(
  edit: (editing: Editing) => void,
  remove: (publisher: Publisher) => void,
): DataTableColumn<Publisher>[] {
  return [
    {
      accessor: 'name',
      title: 'Publisher',
      render: (publisher) => (
        <Group gap={6}>
          <Text span size="sm" fw={600}>
            {publisher.name}
          </Text>
          {publisher.defaultPublisher && (
            <Badge variant="default" size="sm" tt="none" fw={500}>
              Built in
            </Badge>
          )}
        </Group>
      ),
    },
    { accessor: 'kind', title: 'Receiver', render: kindLabel },
    {
      accessor: 'description',
      title: 'Description',
      render: ({ description }) => description || '–',
    },
    { accessor: 'templateMimeType', title: 'Sends' },
    {
      accessor: 'actions',
      title: '',
      textAlign: 'right',
      width: 120,
      render: (publisher) => (
        <Group gap={4} justify="flex-end" wrap="nowrap">
          {publisher.defaultPublisher ? (
            <RowAction
              icon={IconEye}
              label="View"
              of={publisher.name}
              onClick={() => edit({ mode: 'view', publisher })}
            />
          ) : (
            <RowAction
              icon={IconPencil}
              label="Edit"
              of={publisher.name}
              onClick={() => edit({ mode: 'edit', publisher })}
            />
          )}
          <RowAction
            icon={IconCopy}
            label="Copy"
            of={publisher.name}
            onClick={() => edit({ mode: 'new', publisher })}
          />
          {!publisher.defaultPublisher && (
            <RowAction
              icon={IconTrash}
              label="Delete"
              of={publisher.name}
              danger
              onClick={() => remove(publisher)}
            />
          )}
        </Group>
      ),
    },
  ]
}

/** The kinds of receivers, each with the words that are sent to it. */
export function PublisherList() {
  const cache = useQueryClient()
  const publishers = usePublishers()
  const [editing, edit] = useState<Editing | null>(null)
  const [deleting, remove] = useState<Publisher | null>(null)
  const [restoring, restore] = useState<true | null>(null)
  const [settings, setSettings] = useState<keyof typeof SETTINGS>('general')
  const [open, setOpen] = useState(false)
  const reload = () =>
    Promise.all(
      ['notification-publishers', 'notification-rules'].map((key) =>
        cache.invalidateQueries({ queryKey: [key] }),
      ),
    )
  return (
    <>
      <Group mb="sm" gap="xs">
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => edit({ mode: 'new' })}>
          New publisher
        </Button>
        <Menu position="bottom-start" width={230}>
          <Menu.Target>
            <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
              Settings
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {Object.entries(SETTINGS).map(([key, { title }]) => (
              <Menu.Item
                key={key}
                onClick={() => {
                  setSettings(key as keyof typeof SETTINGS)
                  setOpen(true)
                }}
              >
                {title}
              </Menu.Item>
            ))}
            <Menu.Divider />
            <Menu.Item onClick={() => restore(true)}>Restore the built-in templates</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <DataGrid
        label="Publishers"
        idAccessor="uuid"
        columns={columns(edit, remove)}
        records={publishers.data}
        error={publishers.error}
        onRetry={publishers.refetch}
        minWidth={760}
        empty={
          <EmptyState title="No publishers">The built-in ones appear when the server starts.</EmptyState>
        }
      />
      <PublisherDialog editing={editing} onClose={() => edit(null)} />
      <PropertyDialog
        title={SETTINGS[settings].title}
        fields={SETTINGS[settings].fields}
        opened={open}
        onClose={() => setOpen(false)}
      />
      <ConfirmDialog
        target={deleting}
        title={(publisher) => `Delete ${publisher.name}?`}
        text={() => 'Rules with this publisher are deleted with it.'}
        failed="The publisher was not deleted"
        done="Publisher deleted"
        onConfirm={async (publisher) => {
          await rest<void>('DELETE', `/notification/publisher/${publisher.uuid}`)
          await reload()
        }}
        onClose={() => remove(null)}
      />
      <ConfirmDialog
        target={restoring}
        title={() => 'Restore the built-in templates?'}
        text={() => 'Built-in publishers say again what they said at first. Those of your own stay.'}
        confirm="Restore"
        failed="The templates were not restored"
        done="Templates restored"
        onConfirm={async () => {
          await rest<void>('POST', '/notification/publisher/restoreDefaultTemplates')
          await reload()
        }}
        onClose={() => restore(null)}
      />
    </>
  )
}
