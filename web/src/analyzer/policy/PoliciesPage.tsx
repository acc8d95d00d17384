import { Button, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconGavel, IconPlus, IconTrash } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { DataTableColumn } from 'mantine-datatable'
import { useState } from 'react'
import { AppLink } from '@/shared/AppLink'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { DataGrid, PAGE_SIZE } from '@/shared/DataGrid'
import { PageHeader } from '@/shared/PageHeader'
import { RowAction } from '@/shared/RowAction'
import { SearchInput } from '@/shared/SearchInput'
import { EmptyState } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { plural } from '@/shared/words'
import { rest, restPage } from '../rest'
import { NewPolicyDialog } from './NewPolicyDialog'
import type { Policy } from './policy'
import { StateBadge } from './StateBadge'
import type { PoliciesSearch } from './search'
import { useNames, useReloadPolicies } from './usePolicies'
import { conditionWords, type Names } from './value'

const route = getRouteApi('/shell/analyzer/policies')

function columns(names: Names, remove: (policy: Policy) => void): DataTableColumn<Policy>[] {
  return [
    {
      accessor: 'name',
      title: 'Policy',
      render: (policy) => (
        <AppLink to="/analyzer/policies/$policyUuid" params={{ policyUuid: policy.uuid }} fw={600}>
          {policy.name}
        </AppLink>
      ),
    },
    {
      accessor: 'violationState',
      title: 'Violation',
      width: 100,
      render: ({ violationState }) => <StateBadge state={violationState} />,
    },
    {
      accessor: 'conditions',
      title: 'Conditions',
      render: ({ policyConditions = [], operator }) =>
        policyConditions.length === 0 ? (
          <Text span size="sm" c="dimmed">
            None yet: it is never violated
          </Text>
        ) : (
          <>
            {policyConditions.slice(0, 2).map((condition, index) => (
              <Text key={condition.uuid} size="sm" style={{ overflowWrap: 'anywhere' }}>
                {index > 0 && (operator === 'ALL' ? 'and ' : 'or ')}
                {conditionWords(condition, names)}
              </Text>
            ))}
            {policyConditions.length > 2 && (
              <Text size="xs" c="dimmed">
                and {policyConditions.length - 2} more
              </Text>
            )}
          </>
        ),
    },
    {
      accessor: 'projects',
      title: 'Holds for',
      render: ({ projects = [], tags = [] }) =>
        [
          projects.length > 0 && plural(projects.length, 'project'),
          tags.length > 0 && plural(tags.length, 'tag'),
        ]
          .filter(Boolean)
          .join(', ') || 'All projects',
    },
    {
      accessor: 'actions',
      title: '',
      width: 60,
      textAlign: 'right',
      render: (policy) => (
        <RowAction icon={IconTrash} label="Delete" of={policy.name} danger onClick={() => remove(policy)} />
      ),
    },
  ]
}

/** What components must not be like. */
export function PoliciesPage() {
  const { q, page = 1 } = route.useSearch()
  const setList = useListState<PoliciesSearch>()
  const [writing, write] = useDisclosure(false)
  const [deleting, remove] = useState<Policy | null>(null)
  const reload = useReloadPolicies()
  const policies = useQuery({
    queryKey: ['policies', { q, page }],
    queryFn: () => restPage<Policy>('/policy', { searchText: q, pageNumber: page, pageSize: PAGE_SIZE }),
    placeholderData: keepPreviousData,
  })
  const names = useNames(
    policies.data?.rows.flatMap((one) => one.policyConditions?.map((condition) => condition.subject) ?? []) ??
      [],
  )
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={write.open}>
      New policy
    </Button>
  )
  return (
    <>
      <PageHeader
        title="Policies"
        description={
          policies.data
            ? plural(policies.data.total, 'policy', 'policies')
            : 'What components must not be like: licences, severities, ages and more'
        }
        actions={
          <>
            <SearchInput
              label="Search policies"
              value={q ?? ''}
              onChange={(text) => setList({ q: text || undefined })}
            />
            {add}
          </>
        }
      />
      <DataGrid
        label="Policies"
        idAccessor="uuid"
        columns={columns(names, remove)}
        records={policies.data?.rows}
        fetching={policies.isPlaceholderData}
        error={policies.error}
        onRetry={policies.refetch}
        total={policies.data?.total}
        page={page}
        onPage={(next) => setList({ page: next })}
        minWidth={760}
        empty={
          q ? (
            <EmptyState
              title={`No policy matches “${q}”`}
              action={
                <Button variant="default" onClick={() => setList({ q: undefined })}>
                  Clear search
                </Button>
              }
            />
          ) : (
            <EmptyState title="No policies yet" icon={IconGavel} action={add}>
              A policy says which components are not wanted: those with a copyleft licence, with a critical
              vulnerability, or two years old.
            </EmptyState>
          )
        }
      />
      <NewPolicyDialog opened={writing} onClose={write.close} />
      <ConfirmDialog
        target={deleting}
        title={(policy) => `Delete ${policy.name}?`}
        text={() => 'Its violations and what was decided about them are gone with it.'}
        failed="The policy was not deleted"
        done="Policy deleted"
        onConfirm={async (policy) => {
          await rest<void>('DELETE', `/policy/${policy.uuid}`)
          await reload()
        }}
        onClose={() => remove(null)}
      />
    </>
  )
}
