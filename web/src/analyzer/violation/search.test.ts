import { describe, expect, it } from 'vitest'
import { filterQuery, isFiltered, violationsSearch } from './search'

describe('violations in the address', () => {
  it('take what they know, in one order', () => {
    const search = violationsSearch({
      state: 'INFO,FAIL,BAD',
      type: 'LICENSE',
      decision: 'NOT_SET,x',
      since: '2026-02-30x',
      until: '2026-03-01',
      suppressed: 'true',
      page: '2',
      q: 12,
    })
    expect(search).toMatchObject({
      state: 'FAIL,INFO',
      type: 'LICENSE',
      decision: 'NOT_SET',
      since: undefined,
      until: '2026-03-01',
      suppressed: true,
      page: 2,
      q: '12',
    })
    expect(isFiltered(search)).toBe(true)
    expect(isFiltered(violationsSearch({ page: 3 }))).toBe(false)
  })

  it('become the filters of the API', () => {
    expect(filterQuery({ state: 'FAIL', q: 'log4j', until: '2026-03-01' })).toEqual({
      suppressed: false,
      showInactive: false,
      violationState: 'FAIL',
      riskType: undefined,
      analysisState: undefined,
      policy: undefined,
      occurredOnDateFrom: undefined,
      occurredOnDateTo: '2026-03-01',
      textSearchField: 'policy_name,component,license,project_name',
      textSearchInput: 'log4j',
    })
    expect(filterQuery({})).not.toHaveProperty('textSearchInput')
  })
})
