import { Badge, Button, Drawer, Group, Switch, Text, UnstyledButton } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useMemo, useState } from 'react'
import { AppLink } from '@/shared/AppLink'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { RelativeTime } from '@/shared/RelativeTime'
import { SearchInput } from '@/shared/SearchInput'
import { SeverityBadge } from '@/shared/Severity'
import { EmptyState } from '@/shared/States'
import { fromAnalyzer } from '@/shared/severity'
import { useListState } from '@/shared/useListState'
import { plural, sentence } from '@/shared/words'
import type { Finding } from '../api'
import { rest } from '../rest'
import { ExploitedBadge, epssWords, NameLink } from '../vulnerability/NameLink'
import { AnalysisEditor } from './AnalysisEditor'
import { bySeverity, epssOf, type FlawFinding, groupFindings, isExploited, matches, nameOf } from './group'
import { analysisWord } from './words'

const columns = (open: (flaw: FlawFinding) => void): DataTableColumn<FlawFinding>[] => [
  {
    accessor: 'severity',
    title: 'Severity',
    width: 120,
    render: ({ worst: { vulnerability } }) => (
      <SeverityBadge
        severity={fromAnalyzer(vulnerability.severity)}
        label={sentence(vulnerability.severity)}
      />
    ),
  },
  {
    accessor: 'vulnerability',
    title: 'Vulnerability',
    width: 200,
    render: (flaw) => (
      <>
        <Group gap="2px 6px">
          <NameLink name={nameOf(flaw.lead)} fw={600}>
            {flaw.name.id}
          </NameLink>
          {isExploited(flaw) && <ExploitedBadge />}
        </Group>
        {flaw.otherNames.length > 0 && (
          <Text size="xs" c="dimmed" mt={2} style={{ overflowWrap: 'anywhere' }}>
            {flaw.otherNames.map((name) => name.id).join(', ')}
          </Text>
        )}
      </>
    ),
  },
  {
    accessor: 'component',
    title: 'Component',
    render: (flaw) => {
      const { component, attribution } = flaw.lead
      return (
        <>
          {component.group ? `${component.group}/` : ''}
          {component.name}{' '}
          <Text span inherit c="dimmed">
            {component.version}
          </Text>
          <Group gap={6}>
            {attribution.fixedVersion && (
              <Text size="xs" c="dimmed">
                fixed in {attribution.fixedVersion}
              </Text>
            )}
            <UnstyledButton
              fz="xs"
              c="var(--tt-link)"
              onClick={() => open(flaw)}
              aria-label={`Why? ${flaw.name.id} in ${component.name}`}
            >
              Why?
            </UnstyledButton>
          </Group>
        </>
      )
    },
  },
  {
    accessor: 'title',
    title: 'Title',
    render: ({ findings }) => findings.find((one) => one.vulnerability.title)?.vulnerability.title ?? '–',
  },
  {
    accessor: 'epss',
    title: 'EPSS',
    textAlign: 'right',
    width: 75,
    render: (flaw) => epssWords(epssOf(flaw)),
  },
  {
    accessor: 'state',
    title: 'Analysis',
    render: ({ findings }) => (
      <Group gap={6} wrap="nowrap">
        {decision(findings)}
        {findings.every(({ analysis }) => analysis.isSuppressed) && (
          <Badge variant="default" size="sm" tt="none">
            Suppressed
          </Badge>
        )}
      </Group>
    ),
  },
  {
    accessor: 'attributedOn',
    title: 'Found',
    render: ({ lead }) => <RelativeTime at={lead.attribution.attributedOn} absent="–" />,
  },
  {
    accessor: 'open',
    title: '',
    textAlign: 'right',
    width: 80,
    render: (flaw) => (
      <Button
        size="compact-xs"
        variant="default"
        onClick={() => open(flaw)}
        aria-label={`Audit ${flaw.name.id} in ${flaw.lead.component.name}`}
      >
        Audit
      </Button>
    ),
  },
]

/** What was decided; where the names of a flaw were decided about differently, it says so. */
function decision(findings: Finding[]) {
  const words = [...new Set(findings.map(({ analysis }) => analysisWord(analysis.state)))]
  return words.length === 1 ? words[0] : 'Differs by name'
}

interface Props {
  projectUuid: string
  search: { q?: string; page?: number; suppressed?: true }
}

/**
 * The findings of a project, worst first, each with its analysis beside it and once, however many names its flaw
 * has. The API gives them all at once.
 */
export function FindingTable({ projectUuid, search }: Props) {
  const { q, page = 1, suppressed } = search
  const setList = useListState<Props['search']>()
  const [opened, setOpened] = useState<string | null>(null)
  const findings = useQuery({
    queryKey: ['findings', projectUuid, suppressed],
    queryFn: () =>
      rest<Finding[]>('GET', `/finding/project/${projectUuid}`, {
        query: { suppressed: suppressed ?? false },
      }),
    placeholderData: keepPreviousData,
  })
  const flaws = useMemo(() => findings.data && groupFindings(findings.data).sort(bySeverity), [findings.data])
  const found = useMemo(() => flaws?.filter((flaw) => !q || matches(flaw, q)), [flaws, q])
  const current = flaws?.find((flaw) => flaw.lead.matrix === opened)
  return (
    <>
      <Group mb="sm" gap="md">
        <SearchInput
          label="Search findings"
          value={q ?? ''}
          onChange={(text) => setList({ q: text || undefined })}
        />
        <Switch
          label="Show suppressed"
          checked={suppressed ?? false}
          onChange={(event) => setList({ suppressed: event.currentTarget.checked || undefined })}
        />
        <Text size="sm" c="dimmed" ml="auto" role="status">
          {found ? plural(found.length, 'finding') : ''}
        </Text>
      </Group>
      <DataGrid
        label="Findings"
        idAccessor={(flaw) => flaw.lead.matrix}
        columns={columns((flaw) => setOpened(flaw.lead.matrix))}
        records={found?.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)}
        fetching={findings.isPlaceholderData}
        error={findings.error}
        onRetry={findings.refetch}
        total={found?.length}
        page={page}
        onPage={(next) => setList({ page: next })}
        minWidth={900}
        empty={
          q ? (
            <EmptyState title={`No finding matches “${q}”`} />
          ) : (
            <EmptyState
              title="No known vulnerabilities"
              action={<AppLink to="/administration/sources">See what is known here, and from where</AppLink>}
            >
              None of the components of this project is affected by an advisory that is known here.
            </EmptyState>
          )
        }
      />
      <Drawer
        opened={current !== undefined}
        onClose={() => setOpened(null)}
        position="right"
        size="lg"
        title="Audit"
      >
        {current && <AnalysisEditor key={current.lead.matrix} projectUuid={projectUuid} flaw={current} />}
      </Drawer>
    </>
  )
}
