import { Badge, Button, Checkbox, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useDisclosure } from '@mantine/hooks'
import { IconKey } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { gql } from '@/graphql/client'
import {
  ApiKeysDocument,
  type ApiKeysQuery,
  CreateApiKeyDocument,
  RevokeApiKeyDocument,
  type Role,
} from '@/graphql/generated/graphql'
import { useCompany } from '@/session/viewer'
import { CopyField } from '@/shared/CopyField'
import { DataGrid } from '@/shared/DataGrid'
import { toastDone, toastError } from '@/shared/query'
import { RelativeTime } from '@/shared/RelativeTime'
import { EmptyState, ErrorState } from '@/shared/States'
import { sentence } from '@/shared/words'
import { givable, isAdmin } from './sections'

type Key = ApiKeysQuery['apiKeys'][number]

/** The keys with which programs use the API. */
export function Keys({ companyId }: { companyId: string }) {
  const cache = useQueryClient()
  const [making, make] = useDisclosure(false)
  const keys = useQuery({
    queryKey: ['keys', companyId],
    queryFn: () => gql(ApiKeysDocument, { companyId }),
    select: (data) => data.apiKeys,
  })
  const refresh = () => cache.invalidateQueries({ queryKey: ['keys', companyId] })
  const revoke = useMutation({
    mutationFn: (id: string) => gql(RevokeApiKeyDocument, { input: { id } }),
    onSuccess: () => toastDone('The key is revoked'),
    onError: (error) => toastError(error, 'The key was not revoked'),
    onSettled: refresh,
  })
  const columns: DataTableColumn<Key>[] = [
    { accessor: 'name', title: 'What for' },
    {
      accessor: 'prefix',
      title: 'Key',
      render: (key) => (
        <Text span size="sm" ff="monospace">
          {key.prefix}…
        </Text>
      ),
    },
    { accessor: 'role', title: 'Role', render: (key) => sentence(key.role) },
    { accessor: 'user', title: 'Of', render: (key) => key.user?.name ?? 'the company' },
    {
      accessor: 'lastUsedAt',
      title: 'Last used',
      render: (key) => (key.lastUsedAt ? <RelativeTime at={key.lastUsedAt} /> : 'Never'),
    },
    {
      accessor: 'actions',
      title: '',
      textAlign: 'right',
      render: (key) =>
        key.revokedAt ? (
          <Badge variant="default" size="sm" tt="none">
            Revoked
          </Badge>
        ) : (
          <Button
            size="xs"
            variant="subtle"
            onClick={() => revoke.mutate(key.id)}
            aria-label={`Revoke ${key.name}`}
          >
            Revoke
          </Button>
        ),
    },
  ]
  return (
    <Stack gap="sm">
      <Group>
        <Button leftSection={<IconKey size={16} aria-hidden />} onClick={make.open}>
          New key
        </Button>
        <Text size="sm" c="dimmed">
          Programs send it in the header x-api-key.
        </Text>
      </Group>
      <DataGrid
        label="API keys"
        columns={columns}
        records={keys.data}
        error={keys.error}
        onRetry={keys.refetch}
        minWidth={760}
        empty={<EmptyState title="No keys yet">Pipelines and other programs need one.</EmptyState>}
      />
      <Modal opened={making} onClose={make.close} title="New key">
        {making && <NewKey companyId={companyId} onDone={refresh} onClose={make.close} />}
      </Modal>
    </Stack>
  )
}

function NewKey({
  companyId,
  onDone,
  onClose,
}: {
  companyId: string
  onDone: () => unknown
  onClose: () => void
}) {
  const { role } = useCompany()
  const admin = isAdmin(role)
  const form = useForm({
    initialValues: { name: '', role: (admin ? 'MANAGER' : (role ?? 'READER')) as Role, personal: !admin },
    validate: { name: (value) => (value.trim() ? null : 'Say what the key is for') },
  })
  const create = useMutation({
    mutationFn: (values: typeof form.values) =>
      gql(CreateApiKeyDocument, { input: { companyId, ...values, name: values.name.trim() } }),
    onSuccess: onDone,
  })
  if (create.data)
    return (
      <Stack gap="sm">
        <Text size="sm">Copy the key now: it is not shown again.</Text>
        <CopyField label="Key" value={create.data.createApiKey.key} />
        <Group justify="flex-end">
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    )
  return (
    <form onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
      <Stack gap="sm">
        <TextInput label="What for" required data-autofocus {...form.getInputProps('name')} />
        <Select label="Role" data={givable(role)} allowDeselect={false} {...form.getInputProps('role')} />
        <Checkbox
          label="My own key"
          description="It acts as you, and ends when you leave the company"
          disabled={!admin}
          {...form.getInputProps('personal', { type: 'checkbox' })}
        />
        {create.error && <ErrorState error={create.error} title="No key was made" />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Make the key
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
