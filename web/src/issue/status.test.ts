import { describe, expect, it } from 'vitest'
import { OPEN_STATUSES, offeredStatuses, reasonRequired, STATUSES, statusParam } from './status'

const everything = [...STATUSES]

describe('the statuses offered for an issue', () => {
  it('are those the server permits, without the current one', () => {
    const offered = offeredStatuses({
      status: 'IDENTIFIED',
      type: 'SCA_FINDING',
      permittedStatus: ['SUPPRESSED', 'IDENTIFIED', 'IN_PROGRESS'],
    })
    expect(offered).toEqual(['IN_PROGRESS', 'SUPPRESSED'])
  })

  it('never hold Fixed for what a component scanner found', () => {
    const issue = { status: 'IDENTIFIED', permittedStatus: everything } as const
    expect(offeredStatuses({ ...issue, type: 'SCA_FINDING' })).not.toContain('FIX_ACCEPTED')
    expect(offeredStatuses({ ...issue, type: 'SCA_FINDING', manual: true })).toContain('FIX_ACCEPTED')
  })

  it('are none for a reader', () => {
    expect(offeredStatuses({ status: 'IDENTIFIED', type: 'SCA_FINDING', permittedStatus: [] })).toEqual([])
  })
})

describe('a choice of statuses in the address', () => {
  it('is left out when it is the default, or nothing', () => {
    expect(statusParam([...OPEN_STATUSES].reverse())).toBeUndefined()
    expect(statusParam([])).toBeUndefined()
    expect(statusParam(['IDENTIFIED'])).toBe('IDENTIFIED')
    expect(statusParam([...OPEN_STATUSES, 'SUPPRESSED'])).toContain('SUPPRESSED')
  })
})

describe('decisions', () => {
  it('need a reason when a vulnerability is to stay', () => {
    expect(everything.filter(reasonRequired)).toEqual(['RISK_ACCEPTED', 'FALSE_POSITIVE'])
  })

  it('are not among the open statuses', () => {
    expect(OPEN_STATUSES.filter(reasonRequired)).toEqual([])
    expect(OPEN_STATUSES).not.toContain('FIX_ACCEPTED')
  })
})
