import { describe, expect, it } from 'vitest'
import { daysAgo, niceMax, shortDay, stacked } from './chart'

describe('charts', () => {
  it('puts layers on top of each other', () => {
    expect(
      stacked([
        [1, 2],
        [3, 0],
      ]),
    ).toEqual([
      [
        [0, 1],
        [0, 2],
      ],
      [
        [1, 4],
        [2, 2],
      ],
    ])
  })

  it('ends axes at even numbers', () => {
    expect([0, 1, 3, 12, 41, 999].map(niceMax)).toEqual([2, 2, 4, 20, 50, 1000])
  })

  it('writes days', () => {
    expect(shortDay('2026-11-24')).toBe('24 Nov')
    expect(daysAgo(30, new Date('2026-11-24T12:00:00Z'))).toBe('2026-10-25')
  })
})
