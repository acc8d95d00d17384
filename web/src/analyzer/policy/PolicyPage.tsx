import { Button, Checkbox, Group, Paper, Select, SimpleGrid, Stack, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconListDetails } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { AppLink } from '@/shared/AppLink'
import { toAppError } from '@/shared/error'
import { PageHeader } from '@/shared/PageHeader'
import { toastDone } from '@/shared/query'
import { EmptyState, ErrorState, PageSkeleton } from '@/shared/States'
import { Limits } from '../limit/Limits'
import { rest } from '../rest'
import { Conditions } from './Conditions'
import { OPERATOR_CHOICES, STATE_CHOICES } from './NewPolicyDialog'
import type { Policy } from './policy'
import { StateBadge } from './StateBadge'
import { usePolicy, useReloadPolicies } from './usePolicies'

const route = getRouteApi('/shell/analyzer/policies/$policyUuid')

export function PolicyPage() {
  const { policyUuid } = route.useParams()
  const policy = usePolicy(policyUuid)
  if (policy.error && !policy.data) {
    if (toAppError(policy.error).code === 'NOT_FOUND')
      return (
        <EmptyState
          title="There is no such policy"
          action={<AppLink to="/analyzer/policies">Go to the policies</AppLink>}
        >
          It may have been deleted.
        </EmptyState>
      )
    return <ErrorState error={policy.error} onRetry={policy.refetch} />
  }
  if (!policy.data) return <PageSkeleton />
  return <PolicyView policy={policy.data} />
}

function PolicyView({ policy }: { policy: Policy }) {
  return (
    <>
      <PageHeader
        title={policy.name}
        crumbs={[{ label: 'Policies', to: '/analyzer/policies' }]}
        aside={<StateBadge state={policy.violationState} />}
        description="Components are checked when an SBOM is processed, when a policy changes, and once a day."
        actions={
          <Button
            variant="default"
            leftSection={<IconListDetails size={16} aria-hidden />}
            renderRoot={(props) => (
              <Link to="/analyzer/violations" search={{ policy: policy.uuid }} {...props} />
            )}
          >
            Violations
          </Button>
        }
      />
      <Stack gap="lg">
        <Conditions policy={policy} />
        <SimpleGrid cols={{ base: 1, md: 2 }} style={{ alignItems: 'start' }}>
          <Basics key={policy.uuid} policy={policy} />
          <PolicyLimits policy={policy} />
        </SimpleGrid>
      </Stack>
    </>
  )
}

/** Everything that is sent of a policy itself; conditions and limits have operations of their own. */
const whole = ({
  uuid,
  name,
  operator,
  violationState,
  includeChildren,
  onlyLatestProjectVersion,
}: Policy) => ({
  uuid,
  name,
  operator,
  violationState,
  includeChildren,
  onlyLatestProjectVersion,
})

function useChangePolicy(policy: Policy) {
  const reload = useReloadPolicies()
  return useMutation({
    mutationFn: (change: Partial<Policy>) =>
      rest<Policy>('POST', '/policy', { body: { ...whole(policy), ...change } }),
    onSuccess: reload,
  })
}

function Basics({ policy }: { policy: Policy }) {
  const change = useChangePolicy(policy)
  const { name, violationState, operator, onlyLatestProjectVersion } = policy
  const form = useForm({
    initialValues: { name, violationState, operator, onlyLatestProjectVersion },
    validate: { name: (value) => (value.trim() ? null : 'Enter a name') },
  })
  return (
    <Paper p="md" component="section" aria-labelledby="basics">
      <form
        noValidate
        onSubmit={form.onSubmit((values) =>
          change.mutate(
            { ...values, name: values.name.trim() },
            { onSuccess: () => toastDone('Policy saved') },
          ),
        )}
      >
        <Stack gap="sm">
          <Title order={2} id="basics">
            Policy
          </Title>
          <TextInput label="Name" required {...form.getInputProps('name')} />
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <Select
              label="State of a violation"
              data={STATE_CHOICES}
              allowDeselect={false}
              miw={180}
              {...form.getInputProps('violationState')}
            />
            <Select
              label="It is violated when"
              data={OPERATOR_CHOICES}
              allowDeselect={false}
              miw={180}
              {...form.getInputProps('operator')}
            />
          </Group>
          <Checkbox
            label="Only for the latest version of a project"
            {...form.getInputProps('onlyLatestProjectVersion', { type: 'checkbox' })}
          />
          {change.error && <ErrorState error={change.error} title="The policy was not saved" />}
          <Group justify="flex-end">
            <Button type="submit" loading={change.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  )
}

function PolicyLimits({ policy }: { policy: Policy }) {
  const reload = useReloadPolicies()
  const change = useChangePolicy(policy)
  const { projects = [], tags = [] } = policy
  return (
    <Paper p="md" component="section" aria-labelledby="limits">
      <Title order={2} id="limits" mb="sm">
        Holds for
      </Title>
      <Limits
        value={{ projects, tags }}
        everything="It holds for every project. Add projects or tags to hold for these only."
        below={policy.includeChildren}
        belowLabel="Also for the projects below them"
        onProject={async (uuid, add) => {
          await rest<Policy>(add ? 'POST' : 'DELETE', `/policy/${policy.uuid}/project/${uuid}`)
          await reload()
        }}
        onTag={async (tag, add) => {
          const path = `/tag/${encodeURIComponent(tag)}/policy`
          await rest<void>(add ? 'POST' : 'DELETE', path, { body: [policy.uuid] })
          await reload()
        }}
        onBelow={(includeChildren) => change.mutateAsync({ includeChildren })}
      />
    </Paper>
  )
}
