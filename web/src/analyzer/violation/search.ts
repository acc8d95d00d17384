import { choicesParam, dayParam, flagParam, pageParam, textParam } from '@/shared/url'
import { STATES, TYPES } from '../policy/policy'
import { DECISIONS } from './violation'

/** State of the list of all violations in the address. */
export interface ViolationsSearch {
  q?: string
  page?: number
  state?: string
  type?: string
  decision?: string
  /** The uuid of a policy. */
  policy?: string
  suppressed?: true
  inactive?: true
  since?: string
  until?: string
}

export function violationsSearch(search: Record<string, unknown>): ViolationsSearch {
  return {
    q: textParam(search.q),
    page: pageParam(search.page),
    state: choicesParam(search.state, STATES),
    type: choicesParam(search.type, TYPES),
    decision: choicesParam(search.decision, DECISIONS),
    policy: textParam(search.policy),
    suppressed: flagParam(search.suppressed),
    inactive: flagParam(search.inactive),
    since: dayParam(search.since),
    until: dayParam(search.until),
  }
}

/** What takes every filter away. */
export const NO_FILTERS: ViolationsSearch = {
  q: undefined,
  state: undefined,
  type: undefined,
  decision: undefined,
  policy: undefined,
  suppressed: undefined,
  inactive: undefined,
  since: undefined,
  until: undefined,
}

/** The filters as the API takes them. */
export function filterQuery(search: ViolationsSearch): Record<string, string | boolean | undefined> {
  return {
    suppressed: search.suppressed ?? false,
    showInactive: search.inactive ?? false,
    violationState: search.state,
    riskType: search.type,
    analysisState: search.decision,
    policy: search.policy,
    occurredOnDateFrom: search.since,
    occurredOnDateTo: search.until,
    ...(search.q && {
      textSearchField: 'policy_name,component,license,project_name',
      textSearchInput: search.q,
    }),
  }
}

export const isFiltered = (search: ViolationsSearch) =>
  Object.keys(NO_FILTERS).some((key) => search[key as keyof ViolationsSearch] !== undefined)
