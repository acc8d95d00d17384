import { Badge, Button, Group, Paper, Stack, Table, Text } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import { GateRunsDocument, RunGateDocument } from '@/graphql/generated/graphql'
import { AppLink } from '@/shared/AppLink'
import { RelativeTime } from '@/shared/RelativeTime'
import { SeverityBadge } from '@/shared/Severity'
import { EmptyState, ErrorState, TableSkeleton } from '@/shared/States'
import { sentence } from '@/shared/words'

const COLOUR: Record<string, string> = { passed: 'teal', warning: 'orange', failed: 'red' }

/** The security gate of an asset: run it now, and how it went before. */
export function AssetGate({ companyId, assetId }: { companyId: string; assetId: string }) {
  const cache = useQueryClient()
  const runs = useQuery({
    queryKey: ['gate-runs', companyId, assetId],
    queryFn: () => gql(GateRunsDocument, { companyId, assetId }),
    select: (data) => data.securityGateRuns.collection,
  })
  const run = useMutation({
    mutationFn: () => gql(RunGateDocument, { assetId }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['gate-runs', companyId, assetId] }),
  })
  if (runs.error && !runs.data) return <ErrorState error={runs.error} onRetry={runs.refetch} />
  return (
    <Stack gap="sm">
      <Group>
        <Button
          variant="default"
          leftSection={<IconShieldCheck size={16} aria-hidden />}
          loading={run.isPending}
          onClick={() => run.mutate()}
        >
          Run the gate
        </Button>
        <Text size="sm" c="dimmed">
          The policy is set in the{' '}
          <AppLink underline="always" to="/settings/$section" params={{ section: 'gate' }}>
            settings
          </AppLink>
          .
        </Text>
      </Group>
      {run.error && <ErrorState error={run.error} title="The gate was not run" />}
      {!runs.data ? (
        <TableSkeleton rows={3} />
      ) : runs.data.length === 0 ? (
        <Paper>
          <EmptyState title="The gate has not been run" icon={IconShieldCheck}>
            Pipelines run it before a release: it passes, warns or fails by the number and age of open issues.
          </EmptyState>
        </Paper>
      ) : (
        runs.data.map((one) => (
          <Paper key={one.id} p="md">
            <Group justify="space-between" mb="xs">
              <Group gap="sm">
                <Badge
                  variant="outline"
                  color={COLOUR[one.status] ?? 'gray'}
                  tt="none"
                  styles={{ label: { color: 'var(--mantine-color-text)' } }}
                >
                  {sentence(one.status)}
                </Badge>
                <Text size="sm" c="dimmed">
                  {sentence(one.scope)} policy
                </Text>
              </Group>
              <RelativeTime at={one.executionDate} />
            </Group>
            <Table fz="sm" verticalSpacing={4} aria-label="Rules">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Severity</Table.Th>
                  <Table.Th>Open</Table.Th>
                  <Table.Th>Allowed</Table.Th>
                  <Table.Th>Too old</Table.Th>
                  <Table.Th>Result</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {one.rules.map((rule) => (
                  <Table.Tr key={rule.severity}>
                    <Table.Td>
                      <SeverityBadge severity={rule.severity} />
                    </Table.Td>
                    <Table.Td>{rule.found}</Table.Td>
                    <Table.Td>{rule.maximum}</Table.Td>
                    <Table.Td>
                      {rule.maxDaysToFix === null
                        ? '–'
                        : `${rule.overdue} older than ${rule.maxDaysToFix} days`}
                    </Table.Td>
                    <Table.Td>{sentence(rule.status)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Paper>
        ))
      )}
    </Stack>
  )
}
