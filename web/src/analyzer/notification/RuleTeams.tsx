import { Group, Paper, Pill, Stack, Text, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { PickSelect } from '@/shared/PickSelect'
import { toastError } from '@/shared/query'
import { useTeams } from '../access/useTeams'
import { rest } from '../rest'
import type { Rule } from './notification'
import { useReloadRules } from './useRules'

/** The teams whose members get the mails of a rule. */
export function RuleTeams({ rule }: { rule: Rule }) {
  const reload = useReloadRules()
  const teams = useTeams()
  const change = useMutation({
    mutationFn: ({ uuid, add }: { uuid: string; add: boolean }) =>
      rest<Rule>(add ? 'POST' : 'DELETE', `/notification/rule/${rule.uuid}/team/${uuid}`),
    onError: (error) => toastError(error, 'The teams were not changed'),
    onSettled: reload,
  })
  const offered = (teams.data ?? []).filter((team) => !rule.teams.some((one) => one.uuid === team.uuid))
  return (
    <Paper p="md" component="section" aria-labelledby="rule-teams">
      <Title order={2} id="rule-teams" mb="sm">
        Teams
      </Title>
      <Stack gap="sm">
        {rule.teams.length === 0 ? (
          <Text size="sm" c="dimmed">
            No team gets the mails. Members of a team need an e-mail address.
          </Text>
        ) : (
          <Group gap={6}>
            {rule.teams.map((team) => (
              <Pill
                key={team.uuid}
                withRemoveButton
                disabled={change.isPending}
                onRemove={() => change.mutate({ uuid: team.uuid, add: false })}
                removeButtonProps={{
                  'aria-label': `Take the team ${team.name} away`,
                  'aria-hidden': false,
                  tabIndex: 0,
                }}
              >
                {team.name}
              </Pill>
            ))}
          </Group>
        )}
        <PickSelect
          label="Add a team"
          data={offered.map((team) => ({ value: team.uuid, label: team.name }))}
          onPick={(uuid) => change.mutate({ uuid, add: true })}
          busy={change.isPending}
          error={teams.error}
          nothing="No other team"
        />
      </Stack>
    </Paper>
  )
}
