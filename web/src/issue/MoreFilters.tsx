import { Button, Checkbox, Popover, Select, Stack, TextInput } from '@mantine/core'
import { IconAdjustmentsHorizontal } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import { TagsDocument } from '@/graphql/generated/graphql'
import { useListState } from '@/shared/useListState'
import type { IssuesSearch } from './search'

const KEYS = [
  'tag',
  'source',
  'impact',
  'surface',
  'sensitive',
  'exploited',
  'likely',
  'mine',
  'since',
  'until',
] as const

/** The filters that are needed now and then. */
export function MoreFilters({ companyId, search }: { companyId: string; search: IssuesSearch }) {
  const setList = useListState<IssuesSearch>()
  const tags = useQuery({
    queryKey: ['tags', companyId],
    queryFn: () => gql(TagsDocument, { companyId }),
    select: (data) => data.tags.collection.map((tag) => tag.name),
  })
  const used = KEYS.filter((key) => search[key] !== undefined).length
  const flag = (key: 'sensitive' | 'exploited' | 'likely' | 'mine', label: string, description?: string) => (
    <Checkbox
      label={label}
      description={description}
      checked={search[key] ?? false}
      onChange={(event) => setList({ [key]: event.currentTarget.checked || undefined })}
    />
  )
  return (
    <Popover position="bottom-start" width={300} trapFocus>
      <Popover.Target>
        <Button variant="default" fw={500} leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}>
          {used === 0 ? 'More filters' : `More filters: ${used}`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          {flag('mine', 'Assigned to me')}
          {flag('exploited', 'Known to be exploited')}
          {flag('likely', 'Likely to be exploited', 'EPSS of 50 % and more')}
          {flag('sensitive', 'On assets with sensitive data')}
          <Select
            label="Asset tag"
            data={tags.data ?? []}
            value={search.tag ?? null}
            onChange={(value) => setList({ tag: value ?? undefined })}
            placeholder="Any"
            clearable
            comboboxProps={{ withinPortal: false }}
          />
          <Select
            label="Reported by"
            data={[
              { value: 'dependency_track', label: 'Dependency-Track' },
              { value: 'manual', label: 'People' },
            ]}
            value={search.source ?? null}
            onChange={(value) => setList({ source: value ?? undefined })}
            placeholder="Anybody"
            clearable
            comboboxProps={{ withinPortal: false }}
          />
          <Select
            label="Business impact"
            data={[
              { value: 'HIGH', label: 'High' },
              { value: 'MEDIUM', label: 'Medium' },
              { value: 'LOW', label: 'Low' },
            ]}
            value={search.impact ?? null}
            onChange={(value) => setList({ impact: value ?? undefined })}
            placeholder="Any"
            clearable
            comboboxProps={{ withinPortal: false }}
          />
          <Select
            label="Attack surface"
            data={[
              { value: 'INTERNET_FACING', label: 'Internet facing' },
              { value: 'INTERNAL', label: 'Internal' },
            ]}
            value={search.surface ?? null}
            onChange={(value) => setList({ surface: value ?? undefined })}
            placeholder="Any"
            clearable
            comboboxProps={{ withinPortal: false }}
          />
          <TextInput
            type="date"
            label="Found from"
            value={search.since ?? ''}
            onChange={(event) => setList({ since: event.currentTarget.value || undefined })}
          />
          <TextInput
            type="date"
            label="Found until"
            value={search.until ?? ''}
            onChange={(event) => setList({ until: event.currentTarget.value || undefined })}
          />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

/** What takes every filter away. */
export const NO_FILTERS: IssuesSearch = Object.fromEntries(
  [...KEYS, 'status', 'severity', 'sla', 'q'].map((key) => [key, undefined]),
)
