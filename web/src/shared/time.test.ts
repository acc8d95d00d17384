import { describe, expect, it } from 'vitest'
import { duration, exact, relative } from './time'

const now = new Date('2026-03-10T12:00:00Z')
const ago = (seconds: number) => relative(new Date(now.getTime() - seconds * 1000), now)

describe('time', () => {
  it('picks the largest unit that fits', () => {
    expect(ago(5)).toBe('just now')
    expect(ago(60)).toBe('1 minute ago')
    expect(ago(3 * 3600)).toBe('3 hours ago')
    expect(ago(86_400)).toBe('yesterday')
    expect(ago(20 * 86_400)).toBe('3 weeks ago')
    expect(ago(-7200)).toBe('in 2 hours')
  })

  it('does not say "in 3 seconds" for a server whose clock runs ahead', () => {
    expect(ago(-3)).toBe('just now')
  })

  it('gives exact moments in UTC', () => {
    expect(exact(now)).toBe('2026-03-10 12:00:00 UTC')
  })

  it('keeps durations short', () => {
    expect(duration(340)).toBe('340 ms')
    expect(duration(2_340)).toBe('2.3 s')
    expect(duration(125_000)).toBe('2 min 5 s')
  })
})
