import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useDisclosure } from '@mantine/hooks'
import { IconUserPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { gql } from '@/graphql/client'
import {
  InviteUserDocument,
  MembersDocument,
  type MembersQuery,
  RemoveUserDocument,
  type Role,
  SetUserRoleDocument,
} from '@/graphql/generated/graphql'
import { useCompany } from '@/session/viewer'
import { CopyField } from '@/shared/CopyField'
import { DataGrid } from '@/shared/DataGrid'
import { toastDone, toastError } from '@/shared/query'
import { EmptyState, ErrorState } from '@/shared/States'
import { sentence } from '@/shared/words'
import { givable, isAdmin } from './sections'

type Member = MembersQuery['users']['collection'][number]

/** The people of a company and their roles. */
export function People({ companyId }: { companyId: string }) {
  const cache = useQueryClient()
  const { role } = useCompany()
  const [page, setPage] = useState(1)
  const [inviting, invite] = useDisclosure(false)
  const members = useQuery({
    queryKey: ['members', companyId, page],
    queryFn: () => gql(MembersDocument, { companyId, page }),
    select: (data) => data.users,
  })
  const refresh = () =>
    Promise.all(['members', 'people', 'viewer'].map((key) => cache.invalidateQueries({ queryKey: [key] })))
  const setRole = useMutation({
    mutationFn: (input: { userId: string; role: Role }) =>
      gql(SetUserRoleDocument, { input: { companyId, ...input } }),
    onSuccess: () => toastDone('Role saved'),
    onError: (error) => toastError(error, 'The role was not changed'),
    onSettled: refresh,
  })
  const remove = useMutation({
    mutationFn: (userId: string) => gql(RemoveUserDocument, { input: { companyId, userId } }),
    onSuccess: () => toastDone('Removed from the company'),
    onError: (error) => toastError(error, 'The person was not removed'),
    onSettled: refresh,
  })
  const admin = isAdmin(role)
  const columns: DataTableColumn<Member>[] = [
    { accessor: 'name', title: 'Name', render: (member) => member.name ?? member.email },
    { accessor: 'email', title: 'E-mail', render: (member) => member.email || '–' },
    {
      accessor: 'role',
      title: 'Role',
      width: 190,
      render: (member) =>
        admin ? (
          <Select
            aria-label={`Role of ${member.name ?? member.email}`}
            size="xs"
            data={givable(role)}
            value={member.role}
            allowDeselect={false}
            onChange={(next) => next && setRole.mutate({ userId: member.id, role: next as Role })}
          />
        ) : (
          sentence(member.role ?? '')
        ),
    },
    {
      accessor: 'actions',
      title: '',
      textAlign: 'right',
      render: (member) =>
        admin && (
          <Button
            size="xs"
            variant="subtle"
            onClick={() => remove.mutate(member.id)}
            aria-label={`Remove ${member.name ?? member.email}`}
          >
            Remove
          </Button>
        ),
    },
  ]
  return (
    <Stack gap="sm">
      {admin && (
        <Group>
          <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={invite.open}>
            Invite
          </Button>
        </Group>
      )}
      <DataGrid
        label="People"
        columns={columns}
        records={members.data?.collection}
        error={members.error}
        onRetry={members.refetch}
        total={members.data?.metadata.totalCount}
        page={page}
        onPage={setPage}
        empty={<EmptyState title="Nobody is here" />}
      />
      <Modal opened={inviting} onClose={invite.close} title="Invite somebody">
        {inviting && <Invite companyId={companyId} onDone={refresh} onClose={invite.close} />}
      </Modal>
    </Stack>
  )
}

function Invite({
  companyId,
  onDone,
  onClose,
}: {
  companyId: string
  onDone: () => unknown
  onClose: () => void
}) {
  const { role } = useCompany()
  const form = useForm({
    initialValues: { email: '', name: '', role: 'DEVELOPER' as Role },
    validate: { email: (value) => (/^\S+@\S+$/.test(value.trim()) ? null : 'Enter an e-mail address') },
  })
  const send = useMutation({
    mutationFn: (values: typeof form.values) =>
      gql(InviteUserDocument, {
        input: {
          companyId,
          email: values.email.trim(),
          name: values.name.trim() || null,
          role: values.role,
        },
      }),
    onSuccess: onDone,
  })
  const made = send.data?.inviteUser
  if (made)
    return (
      <Stack gap="sm">
        <Text size="sm">
          {made.temporaryPassword
            ? `There is an account for ${made.email} now. Give them this password; it is shown only here, and must be changed at the first log-in.`
            : `${made.email} has an account already and belongs to the company now.`}
        </Text>
        {made.temporaryPassword && <CopyField label="First password" value={made.temporaryPassword} />}
        <Group justify="flex-end">
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    )
  return (
    <form onSubmit={form.onSubmit((values) => send.mutate(values))} noValidate>
      <Stack gap="sm">
        <TextInput label="E-mail" type="email" required data-autofocus {...form.getInputProps('email')} />
        <TextInput label="Name" {...form.getInputProps('name')} />
        <Select label="Role" data={givable(role)} allowDeselect={false} {...form.getInputProps('role')} />
        {send.error && <ErrorState error={send.error} title="Nobody was invited" />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={send.isPending}>
            Invite
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
