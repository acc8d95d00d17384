import { Button } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { AppLink } from '@/shared/AppLink'
import { PAGE_SIZE } from '@/shared/DataGrid'
import { PageHeader } from '@/shared/PageHeader'
import { SearchInput } from '@/shared/SearchInput'
import { EmptyState } from '@/shared/States'
import { useListState } from '@/shared/useListState'
import { plural } from '@/shared/words'
import { restPage } from '../rest'
import { filterQuery, isFiltered, NO_FILTERS, type ViolationsSearch } from './search'
import { ViolationFilters } from './ViolationFilters'
import { ViolationGrid } from './ViolationGrid'
import type { Violation } from './violation'

const route = getRouteApi('/shell/analyzer/violations')

/** The policies that are violated, in all projects. */
export function ViolationsPage() {
  const search = route.useSearch()
  const { page = 1, ...filters } = search
  const setList = useListState<ViolationsSearch>()
  const violations = useQuery({
    queryKey: ['violations', 'all', { page, ...filters }],
    queryFn: () =>
      restPage<Violation>('/violation', { ...filterQuery(filters), pageNumber: page, pageSize: PAGE_SIZE }),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <PageHeader
        title="Policy violations"
        description={
          violations.data
            ? plural(violations.data.total, 'violation')
            : 'Components that a policy does not want'
        }
        actions={
          <SearchInput
            label="Search violations"
            value={search.q ?? ''}
            onChange={(text) => setList({ q: text || undefined })}
          />
        }
      />
      <ViolationFilters search={search} />
      <ViolationGrid
        page={page}
        onPage={(next) => setList({ page: next })}
        violations={violations}
        withProject
        empty={
          isFiltered(search) ? (
            <EmptyState
              title="No violation matches"
              action={
                <Button variant="default" onClick={() => setList(NO_FILTERS)}>
                  Clear filters
                </Button>
              }
            />
          ) : (
            <EmptyState
              title="No policy is violated"
              icon={IconShieldCheck}
              action={<AppLink to="/analyzer/policies">Go to the policies</AppLink>}
            >
              A policy says which components are not wanted. What violates one is listed here.
            </EmptyState>
          )
        }
      />
    </>
  )
}
