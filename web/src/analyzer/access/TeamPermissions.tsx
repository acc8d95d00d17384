import { Button, Checkbox, Group, List, Modal, Paper, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPencil } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { change } from '@/shared/change'
import { DialogFooter } from '@/shared/DialogFooter'
import { toastDone } from '@/shared/query'
import { ErrorState, TableSkeleton } from '@/shared/States'
import type { Team } from '../api'
import { rest } from '../rest'
import { useReloadAccess } from './useTeams'

interface Permission {
  name: string
  description?: string
}

/** What a team may do. */
export function TeamPermissions({ team }: { team: Team }) {
  const [opened, dialog] = useDisclosure(false)
  return (
    <Paper p="md" component="section" aria-labelledby="permissions">
      <Group justify="space-between" mb="sm">
        <Title order={2} id="permissions">
          Permissions
        </Title>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPencil size={14} aria-hidden />}
          onClick={dialog.open}
        >
          Edit permissions
        </Button>
      </Group>
      {team.permissions?.length ? (
        <List listStyleType="none" spacing={6}>
          {team.permissions.map((permission) => (
            <List.Item key={permission.name}>
              <Text size="sm" ff="monospace">
                {permission.name}
              </Text>
              <Text size="xs" c="dimmed">
                {permission.description}
              </Text>
            </List.Item>
          ))}
        </List>
      ) : (
        <Text size="sm" c="dimmed">
          This team has no permission: its keys can only read what is public.
        </Text>
      )}
      <Modal opened={opened} onClose={dialog.close} title={`Permissions of ${team.name}`} size="lg">
        {opened && <Form team={team} onClose={dialog.close} />}
      </Modal>
    </Paper>
  )
}

/** Grants and takes what was changed, one by one. */
async function write(team: Team, chosen: string[]) {
  const before = team.permissions?.map((one) => one.name) ?? []
  const place = (name: string) => `/permission/${encodeURIComponent(name)}/team/${team.uuid}`
  const { added, removed } = change(before, chosen)
  for (const name of added) await rest<Team>('POST', place(name))
  for (const name of removed) await rest<Team>('DELETE', place(name))
}

function Form({ team, onClose }: { team: Team; onClose: () => void }) {
  const reload = useReloadAccess()
  const permissions = useQuery({
    queryKey: ['permissions'],
    queryFn: () => rest<Permission[]>('GET', '/permission'),
  })
  const [chosen, setChosen] = useState(team.permissions?.map((one) => one.name) ?? [])
  const save = useMutation({
    mutationFn: () => write(team, chosen),
    onSuccess: () => {
      toastDone('Permissions saved')
      onClose()
    },
    onSettled: reload,
  })
  if (permissions.error && !permissions.data)
    return <ErrorState error={permissions.error} onRetry={permissions.refetch} />
  if (!permissions.data) return <TableSkeleton />
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="md">
        <Checkbox.Group value={chosen} onChange={setChosen} aria-label="Permissions">
          <Stack gap="sm">
            {permissions.data.map((permission) => (
              <Checkbox
                key={permission.name}
                value={permission.name}
                label={permission.name}
                description={permission.description}
                styles={{ label: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        {save.error && <ErrorState error={save.error} title="Not everything was saved" />}
        <DialogFooter onClose={onClose} saving={save.isPending} />
      </Stack>
    </form>
  )
}
