import { Badge, Button, Drawer, Group, Text, Tooltip, UnstyledButton } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { gql } from '@/graphql/client'
import {
  type IssueStatusLabel,
  IssuesDocument,
  type IssuesQuery,
  type SeverityCategory,
  type SlaState,
} from '@/graphql/generated/graphql'
import { AppLink } from '@/shared/AppLink'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { FilterMenu, summarize } from '@/shared/FilterMenu'
import { RelativeTime } from '@/shared/RelativeTime'
import { SearchInput } from '@/shared/SearchInput'
import { SeverityBadge } from '@/shared/Severity'
import { EmptyState } from '@/shared/States'
import { SEVERITIES, SEVERITY_LABEL } from '@/shared/severity'
import { splitChoices } from '@/shared/url'
import { useListState } from '@/shared/useListState'
import { plural } from '@/shared/words'
import { BulkBar } from './BulkBar'
import { ExportMenu } from './ExportMenu'
import { filtersOf } from './filters'
import { IssueDetail } from './IssueDetail'
import { MoreFilters, NO_FILTERS } from './MoreFilters'
import { SlaBadge } from './SlaBadge'
import classes from './Status.module.css'
import { StatusMenu } from './StatusMenu'
import type { IssuesSearch } from './search'
import { SLA_LABEL, SLA_STATES } from './sla'
import { OPEN_STATUSES, STATUS_LABEL, STATUSES, statusParam } from './status'

type Row = NonNullable<IssuesQuery['issues']['collection']>[number]

/** Drafts are not seen by others, so nobody filters for them. */
const FILTERED = STATUSES.filter((one) => one !== 'DRAFT')

const EXPLOITED = { label: { color: 'var(--mantine-color-error)' } }

const columns = (open: (id: string) => void, withAsset: boolean): DataTableColumn<Row>[] => [
  {
    accessor: 'severity',
    title: 'Severity',
    width: 130,
    render: (issue) => (
      <>
        <SeverityBadge severity={issue.severity} />
        {issue.detail?.cvssScore != null && (
          <Text span size="xs" c="dimmed" ml={6} className="tabular" title="CVSS score">
            {issue.detail.cvssScore.toFixed(1)}
          </Text>
        )}
      </>
    ),
  },
  {
    accessor: 'title',
    title: 'Issue',
    render: (issue) => (
      <Group gap={6} wrap="nowrap">
        <UnstyledButton onClick={() => open(issue.id)} fz="sm" fw={600} c="var(--tt-link)">
          {issue.title}
        </UnstyledButton>
        {issue.detail?.knownExploited && (
          <Tooltip label="Known to be exploited in the wild">
            <Badge variant="outline" color="red" size="sm" tt="none" styles={EXPLOITED}>
              Exploited
            </Badge>
          </Tooltip>
        )}
        {issue.reported === false && !issue.manual && (
          <Tooltip label="The scanner no longer reports it; the decision stays.">
            <Badge variant="default" size="sm" tt="none">
              No longer reported
            </Badge>
          </Tooltip>
        )}
        {issue.filteredOut && (
          <Tooltip label="This severity is switched off in the integration; the issue is kept in sync all the same.">
            <Badge variant="default" size="sm" tt="none">
              Filtered out
            </Badge>
          </Tooltip>
        )}
      </Group>
    ),
  },
  ...(withAsset
    ? [
        {
          accessor: 'asset.name',
          title: 'Asset',
          render: (issue: Row) => (
            <AppLink to="/assets/$assetId" params={{ assetId: issue.asset.id }}>
              {issue.asset.name}
            </AppLink>
          ),
        },
      ]
    : []),
  {
    accessor: 'detail.package',
    title: 'Package',
    render: (issue) => (
      <span className={classes.package}>
        {issue.detail?.package} {issue.detail?.affectedVersion}
      </span>
    ),
  },
  {
    accessor: 'detail.patchedVersion',
    title: 'Patched in',
    render: (issue) =>
      issue.detail?.patchedVersion ? (
        <span className={classes.package}>{issue.detail.patchedVersion}</span>
      ) : (
        <Text span inherit c="dimmed">
          –
        </Text>
      ),
  },
  {
    accessor: 'status',
    title: 'Status',
    width: 200,
    render: (issue) => <StatusMenu issue={issue} />,
  },
  {
    accessor: 'sla',
    title: 'Deadline',
    width: 150,
    render: (issue) => <SlaBadge sla={issue.sla} />,
  },
  {
    accessor: 'createdAt',
    title: 'Found',
    render: (issue) => <RelativeTime at={issue.createdAt} />,
  },
]

/** The issues of an asset, or of all: filtered, the open ones unless asked otherwise. */
export function IssueTable({
  companyId,
  assetId,
  search,
}: {
  companyId: string
  assetId?: string
  search: IssuesSearch
}) {
  const { q, page = 1 } = search
  const setList = useListState<IssuesSearch>()
  const [selected, setSelected] = useState<Row[]>([])
  const statuses = splitChoices<IssueStatusLabel>(search.status, OPEN_STATUSES)
  const severities = splitChoices<SeverityCategory>(search.severity, [])
  const deadlines = splitChoices<SlaState>(search.sla, [])
  const filters = filtersOf(search, assetId)
  const issues = useQuery({
    queryKey: ['issues', companyId, { page, filters }],
    queryFn: () =>
      gql(IssuesDocument, {
        companyId,
        pagination: { page, perPage: PAGE_SIZE },
        filters,
        sort: [{ field: 'SEVERITY', order: 'DESC' }],
      }),
    select: (data) => data.issues,
    placeholderData: keepPreviousData,
  })
  const total = issues.data?.metadata?.totalCount
  const open = (id: string | undefined) => setList({ issue: id })
  const filtered = Object.keys(NO_FILTERS).some((key) => search[key as keyof IssuesSearch] !== undefined)
  const clear = () => setList(NO_FILTERS)
  return (
    <>
      <Group gap="sm" mb="sm" align="flex-end">
        <SearchInput
          label="Search issues"
          value={q ?? ''}
          onChange={(text) => setList({ q: text || undefined })}
        />
        <FilterMenu
          label="Status"
          summary={search.status ? summarize(statuses, FILTERED.length, STATUS_LABEL) : 'open'}
          options={FILTERED.map((value) => ({ value, label: STATUS_LABEL[value] }))}
          chosen={statuses}
          onChange={(value) => setList({ status: statusParam(value) })}
        />
        <FilterMenu
          label="Severity"
          summary={summarize(severities, SEVERITIES.length, SEVERITY_LABEL)}
          options={SEVERITIES.map((value) => ({ value, label: <SeverityBadge severity={value} /> }))}
          chosen={severities}
          onChange={(value) => setList({ severity: value.join(',') || undefined })}
        />
        <FilterMenu
          label="Deadline"
          summary={summarize(deadlines, SLA_STATES.length, SLA_LABEL)}
          options={SLA_STATES.map((value) => ({ value, label: SLA_LABEL[value] }))}
          chosen={deadlines}
          onChange={(value) => setList({ sla: value.join(',') || undefined })}
        />
        <MoreFilters companyId={companyId} search={search} />
        {filtered && (
          <Button variant="subtle" onClick={clear}>
            Reset
          </Button>
        )}
        <Text size="sm" c="dimmed" ml="auto" role="status">
          {total === undefined ? '' : plural(total, 'issue')}
        </Text>
        <ExportMenu companyId={companyId} filters={filters} />
      </Group>
      <BulkBar selected={selected} onDone={() => setSelected([])} />
      <DataGrid
        label="Issues"
        columns={columns(open, assetId === undefined)}
        records={issues.data ? (issues.data.collection ?? []) : undefined}
        fetching={issues.isPlaceholderData}
        error={issues.error}
        onRetry={issues.refetch}
        total={total}
        page={page}
        onPage={(next) => setList({ page: next })}
        selected={selected}
        onSelect={setSelected}
        isSelectable={(issue) => issue.permittedStatus.length > 0}
        minWidth={1040}
        empty={
          filtered ? (
            <EmptyState
              title="No issue matches these filters"
              action={
                <Button variant="default" onClick={clear}>
                  Show the open ones
                </Button>
              }
            />
          ) : (
            <EmptyState title="No open issues">
              Nothing needs attention. Fixed issues and decisions are found with the status filter.
            </EmptyState>
          )
        }
      />
      <Drawer
        opened={search.issue !== undefined}
        onClose={() => open(undefined)}
        position="right"
        size="lg"
        title="Issue"
      >
        {search.issue && (
          <>
            <AppLink to="/issues/$issueId" params={{ issueId: search.issue }} size="xs">
              Open as a page
            </AppLink>
            <IssueDetail issueId={search.issue} />
          </>
        )}
      </Drawer>
    </>
  )
}
