import { Button, Group, NumberInput, Paper, Stack, Table, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { gql } from '@/graphql/client'
import {
  type BusinessImpactLevel,
  SaveSlaPolicyDocument,
  type SeverityCategory,
  SlaPolicyDocument,
  type SlaPolicyQuery,
} from '@/graphql/generated/graphql'
import { useCompany } from '@/session/viewer'
import { toastDone } from '@/shared/query'
import { SeverityBadge } from '@/shared/Severity'
import { ErrorState, TableSkeleton } from '@/shared/States'
import { SEVERITY_LABEL } from '@/shared/severity'
import { isAdmin } from './sections'

const ROWS = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const satisfies SeverityCategory[]
const COLUMNS = ['HIGH', 'MEDIUM', 'LOW'] as const satisfies BusinessImpactLevel[]
const IMPACT = { HIGH: 'High', MEDIUM: 'Medium', LOW: 'Low' }

type Cells = Record<string, number | ''>

/** Until when issues are to be fixed, by severity and business impact. */
export function Deadlines({ companyId }: { companyId: string }) {
  const policy = useQuery({
    queryKey: ['sla', companyId],
    queryFn: () => gql(SlaPolicyDocument, { companyId }),
    select: (data) => data.slaPolicy.rules,
  })
  if (policy.error && !policy.data) return <ErrorState error={policy.error} onRetry={policy.refetch} />
  if (!policy.data) return <TableSkeleton rows={4} />
  return <Matrix companyId={companyId} rules={policy.data} />
}

function Matrix({ companyId, rules }: { companyId: string; rules: SlaPolicyQuery['slaPolicy']['rules'] }) {
  const cache = useQueryClient()
  const { role } = useCompany()
  const [cells, setCells] = useState<Cells>(() =>
    Object.fromEntries(rules.map((rule) => [`${rule.severity} ${rule.businessImpact}`, rule.days])),
  )
  const save = useMutation({
    mutationFn: () =>
      gql(SaveSlaPolicyDocument, {
        input: {
          companyId,
          rules: ROWS.flatMap((severity) =>
            COLUMNS.flatMap((businessImpact) => {
              const days = cells[`${severity} ${businessImpact}`]
              return days ? [{ severity, businessImpact, days }] : []
            }),
          ),
        },
      }),
    onSuccess: async () => {
      for (const key of ['sla', 'issues', 'issue', 'dashboard'])
        await cache.invalidateQueries({ queryKey: [key] })
      toastDone('Deadlines saved')
    },
  })
  return (
    <Paper p="md" maw={760}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          Days from the moment an issue is found. An empty cell sets no deadline. Assets without a business
          impact have none.
        </Text>
        <Table verticalSpacing="xs" aria-label="Deadlines">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Severity</Table.Th>
              {COLUMNS.map((impact) => (
                <Table.Th key={impact}>{IMPACT[impact]} business impact</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {ROWS.map((severity) => (
              <Table.Tr key={severity}>
                <Table.Td>
                  <SeverityBadge severity={severity} />
                </Table.Td>
                {COLUMNS.map((impact) => (
                  <Table.Td key={impact}>
                    <NumberInput
                      aria-label={`Days for ${SEVERITY_LABEL[severity].toLowerCase()} severity, ${impact.toLowerCase()} business impact`}
                      size="xs"
                      w={110}
                      min={1}
                      max={36_500}
                      allowDecimal={false}
                      suffix=" days"
                      readOnly={!isAdmin(role)}
                      value={cells[`${severity} ${impact}`] ?? ''}
                      onChange={(value) =>
                        setCells((now) => ({
                          ...now,
                          [`${severity} ${impact}`]: value === '' ? '' : Number(value),
                        }))
                      }
                    />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {save.error && <ErrorState error={save.error} title="The deadlines were not saved" />}
        {isAdmin(role) && (
          <Group justify="flex-end">
            <Button onClick={() => save.mutate()} loading={save.isPending}>
              Save
            </Button>
          </Group>
        )}
      </Stack>
    </Paper>
  )
}
