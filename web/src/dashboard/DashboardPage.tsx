import { Button, Grid, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { RiskScore } from '@/asset/RiskScore'
import { gql } from '@/graphql/client'
import {
  DashboardAssetsDocument,
  DashboardDocument,
  type DashboardQuery,
  DashboardRunsDocument,
} from '@/graphql/generated/graphql'
import { SLA_LABEL, SLA_STATES } from '@/issue/sla'
import { WithCompany } from '@/session/WithCompany'
import { AppLink } from '@/shared/AppLink'
import { PageHeader } from '@/shared/PageHeader'
import { RelativeTime } from '@/shared/RelativeTime'
import { SeverityCounts } from '@/shared/Severity'
import { EmptyState, ErrorState, OperationErrorText, PageSkeleton } from '@/shared/States'
import { total } from '@/shared/severity'
import { RunStateBadge } from '@/sync/RunState'
import { daysAgo } from './chart'
import classes from './Dashboard.module.css'
import { OpenChart } from './OpenChart'

/** How the company stands, and where to begin. */
export function DashboardPage() {
  return <WithCompany>{(companyId) => <Dashboard companyId={companyId} />}</WithCompany>
}

function Dashboard({ companyId }: { companyId: string }) {
  const today = daysAgo(0)
  const board = useQuery({
    queryKey: ['dashboard', companyId, today],
    queryFn: () =>
      gql(DashboardDocument, {
        companyId,
        params: { startDate: daysAgo(90), endDate: today },
        months: { startDate: daysAgo(180), endDate: today },
      }),
  })
  const assets = useQuery({
    queryKey: ['assets', companyId, 'top'],
    queryFn: () => gql(DashboardAssetsDocument, { companyId }),
    select: (data) => data.assets.collection,
  })
  const runs = useQuery({
    queryKey: ['runs', companyId, 'dashboard'],
    queryFn: () => gql(DashboardRunsDocument, { companyId }),
  })
  if (board.error && !board.data) return <ErrorState error={board.error} onRetry={board.refetch} />
  if (!board.data) return <PageSkeleton />
  const score = board.data.overallRiskScoreHistory
  if (assets.data?.length === 0)
    return (
      <>
        <PageHeader title="Dashboard" />
        <Paper>
          <EmptyState
            title="Nothing to show yet"
            action={
              <Button
                renderRoot={(props) => (
                  <Link to="/integrations/dependency-track" search={{ step: 'configuration' }} {...props} />
                )}
              >
                Import from Dependency-Track
              </Button>
            }
          >
            Numbers appear here once there are assets.
          </EmptyState>
        </Paper>
      </>
    )
  return (
    <>
      <PageHeader
        title="Dashboard"
        description="How the open vulnerabilities of your company stand"
        aside={
          <Group gap={6}>
            <RiskScore value={score.current?.value} />
            {score.differenceFromLast?.value ? (
              <Text span size="xs" c="dimmed">
                {score.differenceFromLast.value > 0 ? '+' : ''}
                {score.differenceFromLast.value.toFixed(1)} since last
              </Text>
            ) : null}
          </Group>
        }
      />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Panel title="Open issues, last 90 days">
            <OpenChart series={board.data.openIssuesOverTime} />
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Panel title="What matters most">
            <Funnel funnel={board.data.riskFunnel} />
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Panel title="Assets at the highest risk">
            <Table fz="sm" verticalSpacing={5} aria-label="Assets at the highest risk">
              <Table.Tbody>
                {(assets.data ?? []).map((asset) => (
                  <Table.Tr key={asset.id}>
                    <Table.Td>
                      <AppLink to="/assets/$assetId" params={{ assetId: asset.id }} fw={600}>
                        {asset.name}
                      </AppLink>
                    </Table.Td>
                    <Table.Td>
                      <RiskScore value={asset.riskScore?.current?.value} />
                    </Table.Td>
                    <Table.Td>
                      <SeverityCounts counts={asset.openIssues} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Panel title="Deadlines">
            <Deadlines stats={board.data.slaStats} />
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Panel title="Components with the most open issues">
            <TopComponents components={board.data.topComponents} />
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Panel title="Days until fixed, on average">
            <Remediation mttr={board.data.mttrOverTime} />
          </Panel>
        </Grid.Col>
        <Grid.Col span={12}>
          <Panel title="Last synchronizations">
            <Stack gap="xs">
              {[...(runs.data?.failed.collection ?? []), ...(runs.data?.last.collection ?? [])]
                .filter((run, at, all) => all.findIndex((one) => one.id === run.id) === at)
                .slice(0, 6)
                .map((run) => (
                  <Group key={run.id} gap="sm" align="flex-start">
                    <RunStateBadge state={run.state} />
                    <AppLink
                      to="/assets/$assetId/integrations/dependency-track"
                      params={{ assetId: run.asset.id }}
                    >
                      {run.asset.name}
                    </AppLink>
                    <Text span size="sm" c="dimmed">
                      <RelativeTime at={run.endedAt ?? run.createdAt} />
                    </Text>
                    <OperationErrorText error={run.errors[0]} />
                  </Group>
                ))}
              {runs.data?.last.collection.length === 0 && (
                <Text size="sm" c="dimmed">
                  None yet.
                </Text>
              )}
            </Stack>
          </Panel>
        </Grid.Col>
      </Grid>
    </>
  )
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper p="md" h="100%" component="section" aria-label={title}>
      <Title order={2} mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  )
}

const STEPS = [
  { key: 'open', label: 'All open issues', search: {} },
  { key: 'highBusinessImpact', label: 'On assets of high business impact', search: { impact: 'HIGH' } },
  {
    key: 'internetFacing',
    label: 'Of these, facing the internet',
    search: { impact: 'HIGH', surface: 'INTERNET_FACING' },
  },
  {
    key: 'sensitiveData',
    label: 'Of these, with sensitive data',
    search: { impact: 'HIGH', surface: 'INTERNET_FACING', sensitive: true as const },
  },
] as const

/** From everything to what cannot wait; each step leads to its list. */
function Funnel({ funnel }: { funnel: DashboardQuery['riskFunnel'] }) {
  return (
    <Stack gap="sm">
      {STEPS.map(({ key, label, search }, at) => (
        <div key={key} className={classes.step} style={{ marginLeft: `${at * 0.75}rem` }}>
          <Group justify="space-between" wrap="nowrap">
            <AppLink to="/issues" search={search} size="sm">
              {label}
            </AppLink>
            <Text span size="lg" fw={650} className="tabular">
              {total(funnel[key])}
            </Text>
          </Group>
          <SeverityCounts counts={funnel[key]} />
        </div>
      ))}
    </Stack>
  )
}

function Deadlines({ stats }: { stats: DashboardQuery['slaStats'] }) {
  const count = (state: string) => stats.find((one) => one.state === state)?.count ?? 0
  return (
    <Stack gap={6}>
      {SLA_STATES.filter((state) => state !== 'RESOLVED').map((state) => (
        <Group key={state} justify="space-between">
          <AppLink to="/issues" search={{ sla: state }} size="sm">
            {SLA_LABEL[state]}
          </AppLink>
          <Text span size="sm" fw={650} className="tabular">
            {count(state)}
          </Text>
        </Group>
      ))}
      <Text size="xs" c="dimmed">
        Set by severity and business impact in the{' '}
        <AppLink to="/settings/$section" params={{ section: 'sla' }} size="xs" underline="always">
          settings
        </AppLink>
        .
      </Text>
    </Stack>
  )
}

function TopComponents({ components }: { components: DashboardQuery['topComponents'] }) {
  if (components.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No component has an open issue.
      </Text>
    )
  return (
    <Table fz="sm" verticalSpacing={5} aria-label="Components with the most open issues">
      <Table.Tbody>
        {components.map((component) => (
          <Table.Tr key={`${component.name} ${component.version}`}>
            <Table.Td>
              <AppLink to="/issues" search={{ q: component.name }}>
                {component.name} {component.version}
              </AppLink>
            </Table.Td>
            <Table.Td c="dimmed">
              {component.assetsCount} {component.assetsCount === 1 ? 'asset' : 'assets'}
            </Table.Td>
            <Table.Td>
              <SeverityCounts counts={component.issuesBySeverity} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

const ROWS = ['all', 'critical', 'high', 'medium', 'low'] as const
const ROW_LABEL = { all: 'All', critical: 'Critical', high: 'High', medium: 'Medium', low: 'Low' }

/** Mean time to remediate, the last months. */
function Remediation({ mttr }: { mttr: DashboardQuery['mttrOverTime'] }) {
  const from = Math.max(0, mttr.dates.length - 4)
  const months = mttr.dates.slice(from)
  const days = (value: number | null | undefined) =>
    value === null || value === undefined ? '–' : value.toFixed(1)
  return (
    <Table fz="sm" verticalSpacing={4} aria-label="Days until fixed">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Severity</Table.Th>
          {months.map((month) => (
            <Table.Th key={month}>{month.slice(0, 7)}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {ROWS.map((row) => (
          <Table.Tr key={row}>
            <Table.Td>{ROW_LABEL[row]}</Table.Td>
            {months.map((month, at) => (
              <Table.Td key={month} className="tabular">
                {days(mttr[row]?.[from + at])}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
