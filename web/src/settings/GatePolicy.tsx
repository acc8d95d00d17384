import { Alert, Anchor, Button, Group, List, Paper, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { gql } from '@/graphql/client'
import { SaveSecurityGatePolicyDocument, SecurityGatePolicyDocument } from '@/graphql/generated/graphql'
import { useCompany } from '@/session/viewer'
import { toastDone } from '@/shared/query'
import { ErrorState, TableSkeleton } from '@/shared/States'
import { isAdmin } from './sections'

const EXAMPLE = `rules:
- from: any
  severity:
    critical: {maximum: 0, max_days_to_fix: 30}
    high: {maximum: 5}
`

/** By which rules a pipeline passes. */
export function GatePolicy({ companyId }: { companyId: string }) {
  const policy = useQuery({
    queryKey: ['gate-policy', companyId],
    queryFn: () => gql(SecurityGatePolicyDocument, { companyId }),
    select: (data) => data.securityGatePolicy.yaml,
  })
  if (policy.error && policy.data === undefined)
    return <ErrorState error={policy.error} onRetry={policy.refetch} />
  if (policy.data === undefined) return <TableSkeleton rows={4} />
  return <Editor companyId={companyId} saved={policy.data} />
}

function Editor({ companyId, saved }: { companyId: string; saved: string }) {
  const cache = useQueryClient()
  const { role } = useCompany()
  const [yaml, setYaml] = useState(saved)
  const save = useMutation({
    mutationFn: () => gql(SaveSecurityGatePolicyDocument, { input: { companyId, yaml } }),
    onSuccess: async ({ saveSecurityGatePolicy: done }) => {
      if (done.errors.length > 0) return
      await cache.invalidateQueries({ queryKey: ['gate-policy', companyId] })
      toastDone(yaml.trim() ? 'Policy saved' : 'Policy removed')
    },
  })
  const errors = save.data?.saveSecurityGatePolicy.errors ?? []
  return (
    <Paper p="md" maw={760}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          Open issues are counted by severity. More than the maximum fails the gate; where issues may be open
          for some days, it only warns until one is older.
        </Text>
        <Textarea
          label="Policy (YAML)"
          autosize
          minRows={8}
          readOnly={!isAdmin(role)}
          value={yaml}
          onChange={(event) => setYaml(event.currentTarget.value)}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.8rem' } }}
        />
        {!yaml.trim() && isAdmin(role) && (
          <Anchor
            component="button"
            type="button"
            size="sm"
            c="var(--tt-link)"
            onClick={() => setYaml(EXAMPLE)}
          >
            Start with an example
          </Anchor>
        )}
        {errors.length > 0 && (
          <Alert
            variant="outline"
            color="red"
            role="alert"
            title="The policy was not saved"
            styles={{ title: { color: 'var(--mantine-color-error)' } }}
          >
            <List size="sm">
              {errors.map((error) => (
                <List.Item key={`${error.line} ${error.message}`}>
                  {error.line ? `Line ${error.line}: ` : ''}
                  {error.message}
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
        {save.error && <ErrorState error={save.error} title="The policy was not saved" />}
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
