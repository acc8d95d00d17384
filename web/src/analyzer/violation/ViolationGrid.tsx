import { Badge, Button, Drawer, Group, Text } from '@mantine/core'
import type { DataTableColumn } from 'mantine-datatable'
import { type ReactNode, useState } from 'react'
import { AppLink } from '@/shared/AppLink'
import { DataGrid } from '@/shared/DataGrid'
import { RelativeTime } from '@/shared/RelativeTime'
import { TYPE_LABEL } from '../policy/policy'
import { StateBadge } from '../policy/StateBadge'
import { useNames } from '../policy/usePolicies'
import { conditionWords, type Names } from '../policy/value'
import { projectName } from '../project/ProjectSelect'
import type { Page } from '../rest'
import { ViolationEditor } from './ViolationEditor'
import { DECISION_LABEL, decisionOf, type Violation } from './violation'

function columns(
  names: Names,
  withProject: boolean,
  open: (violation: Violation) => void,
): DataTableColumn<Violation>[] {
  return [
    {
      accessor: 'state',
      title: 'Violation',
      width: 95,
      render: ({ policyCondition }) => <StateBadge state={policyCondition.policy.violationState} />,
    },
    { accessor: 'type', title: 'Risk', width: 105, render: ({ type }) => TYPE_LABEL[type] ?? type },
    {
      accessor: 'policy',
      title: 'Policy',
      render: ({ policyCondition }) => (
        <>
          <Text size="sm" fw={600}>
            {policyCondition.policy.name}
          </Text>
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {conditionWords(policyCondition, names)}
          </Text>
        </>
      ),
    },
    {
      accessor: 'component',
      title: 'Component',
      render: ({ component }) => (
        <>
          {component.group ? `${component.group}/` : ''}
          {component.name}{' '}
          <Text span inherit c="dimmed">
            {component.version}
          </Text>
          <Text size="xs" c="dimmed">
            {component.resolvedLicense?.licenseId ?? component.licenseExpression ?? component.license}
          </Text>
        </>
      ),
    },
    {
      accessor: 'project',
      title: 'Project',
      hidden: !withProject,
      render: ({ project }) => (
        <AppLink
          to="/analyzer/projects/$projectUuid"
          params={{ projectUuid: project.uuid }}
          search={{ tab: 'violations' }}
        >
          {projectName(project)}
        </AppLink>
      ),
    },
    {
      accessor: 'timestamp',
      title: 'Found',
      width: 125,
      render: ({ timestamp }) => <RelativeTime at={timestamp} absent="–" />,
    },
    {
      accessor: 'decision',
      title: 'Decision',
      width: 130,
      render: (violation) => (
        <Group gap={6}>
          {DECISION_LABEL[decisionOf(violation)]}
          {violation.analysis?.isSuppressed && (
            <Badge variant="default" size="sm" tt="none">
              Suppressed
            </Badge>
          )}
        </Group>
      ),
    },
    {
      accessor: 'open',
      title: '',
      textAlign: 'right',
      width: 85,
      render: (violation) => (
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => open(violation)}
          aria-label={`Decide about ${violation.policyCondition.policy.name} in ${violation.component.name}`}
        >
          Decide
        </Button>
      ),
    },
  ]
}

interface Props {
  page: number
  onPage: (page: number) => void
  violations: { data?: Page<Violation>; isPlaceholderData: boolean; error: unknown; refetch: () => unknown }
  withProject?: boolean
  empty: ReactNode
}

/** A page of violations, each with what is decided beside it. */
export function ViolationGrid({ page, onPage, violations, withProject = false, empty }: Props) {
  const [opened, setOpened] = useState<Violation | null>(null)
  const rows = violations.data?.rows
  const names = useNames(rows?.map((one) => one.policyCondition.subject) ?? [])
  return (
    <>
      <DataGrid
        label="Policy violations"
        idAccessor="uuid"
        columns={columns(names, withProject, setOpened)}
        records={rows}
        fetching={violations.isPlaceholderData}
        error={violations.error}
        onRetry={() => void violations.refetch()}
        total={violations.data?.total}
        page={page}
        onPage={onPage}
        minWidth={withProject ? 1000 : 880}
        empty={empty}
      />
      <Drawer
        opened={opened !== null}
        onClose={() => setOpened(null)}
        position="right"
        size="lg"
        title="Decide"
      >
        {opened && <ViolationEditor key={opened.uuid} violation={opened} names={names} />}
      </Drawer>
    </>
  )
}
