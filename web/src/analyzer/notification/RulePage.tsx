import { Badge, Button, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconListCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { AppLink } from '@/shared/AppLink'
import { FactList } from '@/shared/Facts'
import { PageHeader } from '@/shared/PageHeader'
import { RelativeTime } from '@/shared/RelativeTime'
import { EmptyState, ErrorState, PageSkeleton } from '@/shared/States'
import { Limits } from '../limit/Limits'
import { rest, restPage } from '../rest'
import { cronWords } from './cron'
import type { Delivery, Rule } from './notification'
import { kindLabel, kindOf } from './publisher'
import { RuleForm } from './RuleForm'
import { RuleTeams } from './RuleTeams'
import { TestRule } from './TestRule'
import { useChangeRule, useReloadRules, useRules } from './useRules'

const route = getRouteApi('/shell/administration/notifications/$ruleUuid')

export function RulePage() {
  const { ruleUuid } = route.useParams()
  const rules = useRules()
  if (rules.error && !rules.data) return <ErrorState error={rules.error} onRetry={rules.refetch} />
  if (!rules.data) return <PageSkeleton />
  const rule = rules.data.find((one) => one.uuid === ruleUuid)
  if (!rule)
    return (
      <EmptyState
        title="There is no such rule"
        action={<AppLink to="/administration/notifications">Go to the notifications</AppLink>}
      >
        It may have been deleted.
      </EmptyState>
    )
  return <RuleView rule={rule} />
}

function RuleView({ rule }: { rule: Rule }) {
  const scheduled = rule.triggerType === 'SCHEDULE'
  return (
    <>
      <PageHeader
        title={rule.name}
        crumbs={[{ label: 'Notifications', to: '/administration/notifications' }]}
        aside={
          !rule.enabled && (
            <Badge variant="default" tt="none" fw={500}>
              Off
            </Badge>
          )
        }
        actions={
          <Button
            variant="default"
            leftSection={<IconListCheck size={16} aria-hidden />}
            renderRoot={(props) => (
              <Link
                to="/administration/notifications"
                search={{ tab: 'deliveries', rule: rule.uuid }}
                {...props}
              />
            )}
          >
            Deliveries
          </Button>
        }
      />
      <Failures rule={rule} />
      <SimpleGrid cols={{ base: 1, lg: 2 }} style={{ alignItems: 'start' }}>
        <RuleForm key={rule.uuid} rule={rule} />
        <Stack gap="md">
          <Paper p="md" component="section" aria-labelledby="about">
            <Title order={2} id="about" mb="sm">
              About this rule
            </Title>
            <FactList
              facts={{
                Publisher: rule.publisher && `${rule.publisher.name} (${kindLabel(rule.publisher)})`,
                About: rule.scope === 'SYSTEM' ? 'This server' : 'Projects',
                When: scheduled ? cronWords(rule.scheduleCron ?? '') : 'As it happens',
                ...(scheduled && {
                  'Last told': <RelativeTime at={rule.scheduleLastTriggeredAt} />,
                  'Next time': rule.enabled && <RelativeTime at={rule.scheduleNextTriggerAt} absent="–" />,
                }),
              }}
            />
          </Paper>
          <TestRule rule={rule} />
          {rule.scope === 'PORTFOLIO' && <RuleLimits rule={rule} />}
          {kindOf(rule.publisher) === 'email' && <RuleTeams rule={rule} />}
        </Stack>
      </SimpleGrid>
    </>
  )
}

/** Says so when something of this rule was not delivered. */
function Failures({ rule }: { rule: Rule }) {
  const failed = useQuery({
    queryKey: ['deliveries', 'failed', rule.uuid],
    queryFn: () =>
      restPage<Delivery>('/notification/delivery', {
        state: 'FAILED',
        ruleUuid: rule.uuid,
        pageNumber: 1,
        pageSize: 1,
      }),
    select: (page) => page.total,
  })
  if (!failed.data) return null
  return (
    <Paper p="sm" mb="md" role="status">
      <Group gap="xs">
        <Text size="sm" c="var(--mantine-color-error)">
          {failed.data === 1
            ? '1 notification was not delivered.'
            : `${failed.data.toLocaleString('en')} notifications were not delivered.`}
        </Text>
        <AppLink to="/administration/notifications" search={{ tab: 'deliveries', rule: rule.uuid }}>
          See why
        </AppLink>
      </Group>
    </Paper>
  )
}

function RuleLimits({ rule }: { rule: Rule }) {
  const reload = useReloadRules()
  const change = useChangeRule(rule)
  return (
    <Paper p="md" component="section" aria-labelledby="limits">
      <Title order={2} id="limits" mb="sm">
        Limited to
      </Title>
      <Limits
        value={rule}
        everything={
          rule.triggerType === 'SCHEDULE'
            ? 'No project is chosen yet: a summary is only told of the projects that are chosen here.'
            : 'It tells of every project. Add projects or tags to tell of these only.'
        }
        below={rule.notifyChildren}
        belowLabel="Also of the projects below them"
        onProject={async (uuid, add) => {
          await rest<Rule>(add ? 'POST' : 'DELETE', `/notification/rule/${rule.uuid}/project/${uuid}`)
          await reload()
        }}
        onTag={(tag, add) => {
          const others = rule.tags.filter((one) => one.name !== tag)
          return change.mutateAsync({ tags: add ? [...others, { name: tag }] : others })
        }}
        onBelow={(notifyChildren) => change.mutateAsync({ notifyChildren })}
      />
    </Paper>
  )
}
