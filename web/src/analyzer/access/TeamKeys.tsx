import { ActionIcon, Badge, Button, Group, Modal, Stack, Text, Title, Tooltip } from '@mantine/core'
import { IconKey, IconMessage2, IconPlus, IconRefresh, IconTrash } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { CopyField } from '@/shared/CopyField'
import { DataGrid } from '@/shared/DataGrid'
import { toastDone, toastError } from '@/shared/query'
import { RelativeTime } from '@/shared/RelativeTime'
import { RowAction } from '@/shared/RowAction'
import { EmptyState } from '@/shared/States'
import type { ApiKey, Team } from '../api'
import { rest } from '../rest'
import { NameDialog } from './NameDialog'

interface Actions {
  comment: (key: ApiKey) => void
  regenerate: (key: ApiKey) => void
  remove: (key: ApiKey) => void
}

/** A key in words, for people who do not see its row. */
const named = ({ publicId }: ApiKey) => `API key ${publicId}`

const path = ({ publicId }: ApiKey) => `/team/key/${encodeURIComponent(publicId)}`

function columns({ comment, regenerate, remove }: Actions): DataTableColumn<ApiKey>[] {
  return [
    {
      accessor: 'maskedKey',
      title: 'Key',
      render: (key) => (
        <Group gap={6}>
          <Text span ff="monospace" fz="xs">
            {key.maskedKey.replace(/\*+$/, '••••••••')}
          </Text>
          {key.legacy && (
            <Tooltip label="Of an older kind. Regenerate it for one that is stored more safely.">
              <Badge variant="default" size="sm" tt="none" fw={500}>
                Older kind
              </Badge>
            </Tooltip>
          )}
        </Group>
      ),
    },
    {
      accessor: 'comment',
      title: 'Comment',
      render: (key) => <span style={{ overflowWrap: 'anywhere' }}>{key.comment || '–'}</span>,
    },
    {
      accessor: 'created',
      title: 'Created',
      width: 130,
      render: (key) => <RelativeTime at={key.created} absent="–" />,
    },
    {
      accessor: 'lastUsed',
      title: 'Last used',
      width: 130,
      render: (key) => <RelativeTime at={key.lastUsed} />,
    },
    {
      accessor: 'actions',
      title: '',
      width: 120,
      textAlign: 'right',
      render: (key) => (
        <Group gap={4} justify="flex-end" wrap="nowrap">
          <RowAction
            icon={IconMessage2}
            label="Edit the comment"
            of={`of ${named(key)}`}
            onClick={() => comment(key)}
          />
          <RowAction icon={IconRefresh} label="Regenerate" of={named(key)} onClick={() => regenerate(key)} />
          <RowAction icon={IconTrash} label="Delete" of={named(key)} danger onClick={() => remove(key)} />
        </Group>
      ),
    },
  ]
}

/** The API keys of a team. A secret is shown once, when it is made. */
export function TeamKeys({ team }: { team: Team }) {
  const cache = useQueryClient()
  const [shown, show] = useState<{ title: string; key: string } | null>(null)
  const [commenting, comment] = useState<ApiKey | null>(null)
  const [regenerating, regenerate] = useState<ApiKey | null>(null)
  const [deleting, remove] = useState<ApiKey | null>(null)
  const reload = () => cache.invalidateQueries({ queryKey: ['teams'] })
  const create = useMutation({
    mutationFn: () => rest<ApiKey>('PUT', `/team/${team.uuid}/key`),
    onSuccess: (key) => {
      show({ title: 'API key created', key: key.key ?? '' })
      return reload()
    },
    onError: (error) => toastError(error, 'No key was created'),
  })
  return (
    <section aria-labelledby="keys">
      <Group gap="xs" mb="sm">
        <Title order={2} id="keys">
          API keys
        </Title>
        <Tooltip label="Create API key">
          <ActionIcon aria-label="Create API key" onClick={() => create.mutate()} loading={create.isPending}>
            <IconPlus size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
      <DataGrid
        label="API keys"
        idAccessor="publicId"
        columns={columns({ comment, regenerate, remove })}
        records={team.apiKeys ?? []}
        minWidth={720}
        empty={
          <EmptyState title="No API key" icon={IconKey}>
            Pipelines and integrations sign in with a key. Create one with the plus sign.
          </EmptyState>
        }
      />
      <SecretDialog shown={shown} onClose={() => show(null)} />
      <NameDialog
        opened={commenting !== null}
        title="Comment of the API key"
        label="Comment"
        description="Where the key is used, for instance"
        optional
        name={commenting?.comment}
        failed="The comment was not saved"
        onSave={async (text) => {
          if (commenting) await rest<ApiKey>('POST', `${path(commenting)}/comment`, { text })
          toastDone('Comment saved')
          await reload()
        }}
        onClose={() => comment(null)}
      />
      <ConfirmDialog
        target={regenerating}
        title={() => 'Regenerate this API key?'}
        text={(key) =>
          `Whatever uses the key ${key.publicId} stops working at once, until it has the new one.`
        }
        confirm="Regenerate"
        failed="The key was not regenerated"
        done="API key regenerated"
        onConfirm={async (key) => {
          const made = await rest<ApiKey>('POST', path(key))
          show({ title: 'API key regenerated', key: made.key ?? '' })
          await reload()
        }}
        onClose={() => regenerate(null)}
      />
      <ConfirmDialog
        target={deleting}
        title={() => 'Delete API key?'}
        text={(key) => `Whatever uses the key ${key.publicId} stops working at once.`}
        failed="The key was not deleted"
        done="API key deleted"
        onConfirm={async (key) => {
          await rest<void>('DELETE', path(key))
          await reload()
        }}
        onClose={() => remove(null)}
      />
    </section>
  )
}

interface SecretProps {
  shown: { title: string; key: string } | null
  onClose: () => void
}

/** Shows a key this once. */
function SecretDialog({ shown, onClose }: SecretProps) {
  return (
    <Modal
      opened={shown !== null}
      onClose={onClose}
      title={shown?.title}
      size="lg"
      closeOnClickOutside={false}
    >
      <Stack gap="md">
        <Text size="sm">Copy the key now: it is shown this once and cannot be read again.</Text>
        <CopyField label="API key" value={shown?.key ?? ''} />
        <Group justify="flex-end">
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
