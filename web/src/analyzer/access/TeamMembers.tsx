import { Group, Paper, Pill, Stack, Text, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { PickSelect } from '@/shared/PickSelect'
import { toastError } from '@/shared/query'
import type { Team } from '../api'
import { members, setMember, useReloadAccess, useUsers } from './useTeams'

/** Who is in a team. */
export function TeamMembers({ team }: { team: Team }) {
  const reload = useReloadAccess()
  const managed = useUsers('managed')
  const oidc = useUsers('oidc')
  const ldap = useUsers('ldap')
  const change = useMutation({
    mutationFn: ({ username, member }: { username: string; member: boolean }) =>
      setMember(username, team.uuid, member),
    onError: (error) => toastError(error, 'The members were not changed'),
    onSettled: reload,
  })
  const inside = members(team).map((user) => user.username)
  const all = [managed, oidc, ldap].flatMap((users) => users.data ?? []).map((user) => user.username)
  const others = [...new Set(all)].filter((username) => !inside.includes(username)).sort()
  return (
    <Paper p="md" component="section" aria-labelledby="members">
      <Title order={2} id="members" mb="sm">
        Members
      </Title>
      <Stack gap="sm">
        {inside.length === 0 ? (
          <Text size="sm" c="dimmed">
            Nobody is in this team.
          </Text>
        ) : (
          <Group gap={6}>
            {inside.map((username) => (
              <Pill
                key={username}
                withRemoveButton
                disabled={change.isPending}
                onRemove={() => change.mutate({ username, member: false })}
                removeButtonProps={{
                  'aria-label': `Take ${username} out of the team`,
                  'aria-hidden': false,
                  tabIndex: 0,
                }}
              >
                {username}
              </Pill>
            ))}
          </Group>
        )}
        <PickSelect
          label="Add a user"
          data={others.map((username) => ({ value: username, label: username }))}
          onPick={(username) => change.mutate({ username, member: true })}
          busy={change.isPending}
          error={managed.error}
          nothing="Nobody else"
        />
      </Stack>
    </Paper>
  )
}
