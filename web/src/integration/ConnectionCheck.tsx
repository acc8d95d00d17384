import { Button, Group, List, Paper, Stack, Text, ThemeIcon, Title } from '@mantine/core'
import { IconCheck, IconPlugConnected, IconX } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import {
  CheckConnectionDocument,
  type CheckConnectionMutation,
  type IntegrationSettingsFragment,
} from '@/graphql/generated/graphql'
import { AppError } from '@/shared/error'
import { FactGrid } from '@/shared/Facts'
import { RelativeTime } from '@/shared/RelativeTime'
import { ErrorState, OperationErrorText } from '@/shared/States'

/** Asks the Dependency-Track who it is and what the token may do. */
export function ConnectionCheck({
  integration,
  companyId,
}: {
  integration: IntegrationSettingsFragment
  companyId: string
}) {
  const cache = useQueryClient()
  const check = useMutation({
    mutationFn: () => gql(CheckConnectionDocument, { input: { integrationId: integration.id } }),
    onSettled: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: ['integration', companyId] }),
        cache.invalidateQueries({ queryKey: ['integration-catalog'] }),
      ]),
  })
  const result = check.data?.checkConnection
  return (
    <Paper p="md" component="section" aria-labelledby="connection">
      <Group justify="space-between" mb="sm">
        <Title order={2} id="connection">
          Connection
        </Title>
        <Button
          variant="default"
          leftSection={<IconPlugConnected size={16} aria-hidden />}
          onClick={() => check.mutate()}
          loading={check.isPending}
        >
          Check connection
        </Button>
      </Group>
      <Stack gap="md">
        <FactGrid
          facts={{
            'API URL': integration.apiUrl,
            Version: result?.version ?? integration.version,
            'Answer time':
              result?.latencyMs === null || result?.latencyMs === undefined ? null : `${result.latencyMs} ms`,
            'Last checked': <RelativeTime at={integration.checkedAt} />,
          }}
        />
        {check.error && <ErrorState error={check.error} title="The check could not be made" />}
        <div role="status">{result && <CheckResult result={result} />}</div>
        {!result && <OperationErrorText error={integration.stateReason} />}
      </Stack>
    </Paper>
  )
}

function CheckResult({ result }: { result: CheckConnectionMutation['checkConnection'] }) {
  return (
    <Stack gap="sm">
      {result.ok ? (
        <Group gap="xs">
          <ThemeIcon size={20} radius="xl" color="teal.8" variant="filled" aria-hidden>
            <IconCheck size={14} />
          </ThemeIcon>
          <Text size="sm" fw={600}>
            Connected to {result.application ?? 'Dependency-Track'} {result.version}
          </Text>
        </Group>
      ) : (
        <ErrorState
          title="Not connected"
          error={
            result.error
              ? new AppError(result.error.message, result.error.code, result.error.hint)
              : new AppError(
                  'Permissions are missing.',
                  'FORBIDDEN',
                  'Grant them in Dependency-Track under Administration, Access Management, Teams.',
                )
          }
        />
      )}
      {result.permissions.length > 0 && (
        <List spacing={6} size="sm" listStyleType="none" aria-label="Permissions of the token">
          {result.permissions.map((permission) => (
            <List.Item
              key={permission.name}
              icon={
                <ThemeIcon
                  size={18}
                  radius="xl"
                  color={permission.granted ? 'teal.8' : 'red.8'}
                  variant="filled"
                  aria-hidden
                >
                  {permission.granted ? <IconCheck size={12} /> : <IconX size={12} />}
                </ThemeIcon>
              }
            >
              <Text span size="sm" ff="monospace">
                {permission.name}
              </Text>{' '}
              <Text span size="sm" fw={600}>
                {permission.granted ? 'granted' : 'missing'}
              </Text>{' '}
              <Text span size="sm" c="dimmed">
                needed for: {permission.neededFor}
              </Text>
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  )
}
