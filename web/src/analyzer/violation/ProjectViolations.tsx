import { Group, Switch, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { AppLink } from '@/shared/AppLink'
import { PAGE_SIZE } from '@/shared/DataGrid'
import { SearchInput } from '@/shared/SearchInput'
import { EmptyState } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { plural } from '@/shared/words'
import { restPage } from '../rest'
import { ViolationGrid } from './ViolationGrid'
import type { Violation } from './violation'

interface Props {
  projectUuid: string
  search: { q?: string; page?: number; suppressed?: true }
}

/** The policies that a project violates. */
export function ProjectViolations({ projectUuid, search }: Props) {
  const { q, page = 1, suppressed } = search
  const setList = useListState<Props['search']>()
  const violations = useQuery({
    queryKey: ['violations', 'project', projectUuid, { q, page, suppressed }],
    queryFn: () =>
      restPage<Violation>(`/violation/project/${projectUuid}`, {
        searchText: q,
        suppressed: suppressed ?? false,
        pageNumber: page,
        pageSize: PAGE_SIZE,
      }),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <Group mb="sm" gap="md">
        <SearchInput
          label="Search policy or component"
          value={q ?? ''}
          onChange={(text) => setList({ q: text || undefined })}
        />
        <Switch
          label="Show suppressed"
          checked={suppressed ?? false}
          onChange={(event) => setList({ suppressed: event.currentTarget.checked || undefined })}
        />
        <Text size="sm" c="dimmed" ml="auto" role="status">
          {violations.data ? plural(violations.data.total, 'violation') : ''}
        </Text>
      </Group>
      <ViolationGrid
        page={page}
        onPage={(next) => setList({ page: next })}
        violations={violations}
        empty={
          q ? (
            <EmptyState title={`No violation matches “${q}”`} />
          ) : (
            <EmptyState
              title="No policy is violated"
              action={<AppLink to="/analyzer/policies">Go to the policies</AppLink>}
            >
              Components are checked when an SBOM is processed, when a policy changes, and once a day.
            </EmptyState>
          )
        }
      />
    </>
  )
}
