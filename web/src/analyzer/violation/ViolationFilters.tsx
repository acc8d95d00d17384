import { Button, Checkbox, Group, Popover, Select, Stack, TextInput } from '@mantine/core'
import { IconAdjustmentsHorizontal } from '@tabler/icons-react'
import { FilterMenu, summarize } from '@/shared/FilterMenu'
import { splitChoices } from '@/shared/url'
import { useListState } from '@/shared/useListState'
import {
  STATE_LABEL,
  STATES,
  TYPE_LABEL,
  TYPES,
  type ViolationState,
  type ViolationType,
} from '../policy/policy'
import { useAllPolicies } from '../policy/usePolicies'
import { isFiltered, NO_FILTERS, type ViolationsSearch } from './search'
import { DECISION_LABEL, DECISIONS, type Decision } from './violation'

const options = <T extends string>(words: readonly T[], labels: Record<T, string>) =>
  words.map((value) => ({ value, label: labels[value] }))

/** All words are the same as no filter: the address stays short. */
const joined = (chosen: readonly string[], all: number) =>
  chosen.length === 0 || chosen.length === all ? undefined : chosen.join(',')

/** Which violations are shown. */
export function ViolationFilters({ search }: { search: ViolationsSearch }) {
  const setList = useListState<ViolationsSearch>()
  const policies = useAllPolicies()
  const states = splitChoices<ViolationState>(search.state, STATES)
  const types = splitChoices<ViolationType>(search.type, TYPES)
  const decisions = splitChoices<Decision>(search.decision, DECISIONS)
  const more = (['suppressed', 'inactive', 'since', 'until'] as const).filter(
    (key) => search[key] !== undefined,
  ).length
  return (
    <Group mb="sm" gap="xs">
      <FilterMenu
        label="Violation"
        summary={summarize(states, STATES.length, STATE_LABEL)}
        options={options(STATES, STATE_LABEL)}
        chosen={states}
        onChange={(chosen) => setList({ state: joined(chosen, STATES.length) })}
      />
      <FilterMenu
        label="Risk"
        summary={summarize(types, TYPES.length, TYPE_LABEL)}
        options={options(TYPES, TYPE_LABEL)}
        chosen={types}
        onChange={(chosen) => setList({ type: joined(chosen, TYPES.length) })}
      />
      <FilterMenu
        label="Decision"
        summary={summarize(decisions, DECISIONS.length, DECISION_LABEL)}
        options={options(DECISIONS, DECISION_LABEL)}
        chosen={decisions}
        onChange={(chosen) => setList({ decision: joined(chosen, DECISIONS.length) })}
      />
      <Select
        aria-label="Policy"
        placeholder="All policies"
        data={(policies.data ?? []).map((one) => ({ value: one.uuid, label: one.name }))}
        value={search.policy ?? null}
        onChange={(value) => setList({ policy: value ?? undefined })}
        clearable
        searchable
        clearButtonProps={{ 'aria-label': 'All policies' }}
        w={200}
      />
      <Popover position="bottom-start" width={280} trapFocus>
        <Popover.Target>
          <Button
            variant="default"
            fw={500}
            leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}
          >
            {more === 0 ? 'More filters' : `More filters: ${more}`}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Stack gap="sm">
            <Checkbox
              label="Show suppressed"
              checked={search.suppressed ?? false}
              onChange={(event) => setList({ suppressed: event.currentTarget.checked || undefined })}
            />
            <Checkbox
              label="Show inactive projects"
              checked={search.inactive ?? false}
              onChange={(event) => setList({ inactive: event.currentTarget.checked || undefined })}
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
      {isFiltered(search) && (
        <Button variant="subtle" onClick={() => setList(NO_FILTERS)}>
          Clear filters
        </Button>
      )}
    </Group>
  )
}
