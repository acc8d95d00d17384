import { Badge, Drawer, Group, Switch, Text, UnstyledButton } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useMemo, useState } from 'react'
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
import { AnalysisEditor } from './AnalysisEditor'
import { analysisWord } from './words'

const columns = (open: (finding: Finding) => void): DataTableColumn<Finding>[] => [
  {
    accessor: 'severity',
    title: 'Severity',
    width: 130,
    render: ({ vulnerability }) => (
      <SeverityBadge
        severity={fromAnalyzer(vulnerability.severity)}
        label={sentence(vulnerability.severity)}
      />
    ),
  },
  {
    accessor: 'vulnerability',
    title: 'Vulnerability',
    noWrap: true,
    render: (finding) => (
      <UnstyledButton
        onClick={() => open(finding)}
        fz="sm"
        fw={600}
        c="var(--tt-link)"
        aria-label={`Audit ${finding.vulnerability.vulnId} in ${finding.component.name}`}
      >
        {finding.vulnerability.vulnId}
      </UnstyledButton>
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
      </>
    ),
  },
  {
    accessor: 'title',
    title: 'Title',
    render: ({ vulnerability }) => vulnerability.title ?? '–',
  },
  {
    accessor: 'state',
    title: 'Analysis',
    render: ({ analysis }) => (
      <Group gap={6} wrap="nowrap">
        {analysisWord(analysis.state)}
        {analysis.isSuppressed && (
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
    render: ({ attribution }) => <RelativeTime at={attribution.attributedOn} absent="–" />,
  },
]

function matches(finding: Finding, text: string) {
  const { vulnerability, component } = finding
  const haystack = [
    vulnerability.vulnId,
    vulnerability.title,
    component.name,
    component.group,
    component.version,
  ]
  const aliases = vulnerability.aliases.flatMap((alias) => Object.values(alias))
  return [...haystack, ...aliases].some((part) => part?.toLowerCase().includes(text.toLowerCase()))
}

interface Props {
  projectUuid: string
  search: { q?: string; page?: number; suppressed?: true }
}

/** The findings of a project, worst first, each with its analysis beside it. The API gives them all at once. */
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
  const found = useMemo(
    () =>
      findings.data
        ?.filter((finding) => !q || matches(finding, q))
        .sort(
          (a, b) =>
            a.vulnerability.severityRank - b.vulnerability.severityRank ||
            a.component.name.localeCompare(b.component.name),
        ),
    [findings.data, q],
  )
  const current = findings.data?.find((finding) => finding.matrix === opened)
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
        idAccessor="matrix"
        columns={columns((finding) => setOpened(finding.matrix))}
        records={found?.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)}
        fetching={findings.isPlaceholderData}
        error={findings.error}
        onRetry={findings.refetch}
        total={found?.length}
        page={page}
        onPage={(next) => setList({ page: next })}
        minWidth={860}
        empty={
          q ? (
            <EmptyState title={`No finding matches “${q}”`} />
          ) : (
            <EmptyState title="No known vulnerabilities">
              None of the components of this project is affected by an advisory that was imported.
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
        {current && <AnalysisEditor key={current.matrix} projectUuid={projectUuid} finding={current} />}
      </Drawer>
    </>
  )
}
