import { describe, expect, it } from 'vitest'
import { advice } from './advice'
import {
  everyWords,
  isActive,
  percent,
  progressWords,
  type Report,
  type Run,
  type RunStatus,
  reportWords,
} from './source'

const run = (part: Partial<Run>): Run => ({ status: 'RUNNING', cause: 'MANUAL', created_at: 0, ...part })
const report = (part: Partial<Report>): Report => ({
  read: 0,
  new: 0,
  changed: 0,
  unchanged: 0,
  withdrawn: 0,
  failed: [],
  failures: 0,
  analysed: 0,
  ...part,
})

describe('runs of a source', () => {
  it('are under way until they end', () => {
    expect(isActive(run({ status: 'PENDING' }))).toBe(true)
    expect(isActive(run({}))).toBe(true)
    for (const status of ['COMPLETED', 'FAILED', 'CANCELLED'] as const)
      expect(isActive(run({ status }))).toBe(false)
    expect(isActive(undefined)).toBe(false)
  })

  it('tell how far they are', () => {
    expect(progressWords(run({ status: 'PENDING' }))).toBe('Waiting to start')
    expect(progressWords(run({}))).toBe('Starting')
    expect(progressWords(run({ phase: 'npm', done: 1200, total: 4000 }))).toBe('npm, 1,200 of 4,000')
    expect(progressWords(run({ phase: 'PyPI', done: 10 }))).toBe('PyPI, 10')
    expect(progressWords(run({ phase: 'downloading PyPI', done: 1_200_000, total: 20_000_000 }))).toBe(
      'downloading PyPI, 1.2 MB of 20.0 MB',
    )
    expect(progressWords(run({ phase: 'PyPI: what changed', done: 0 }))).toBe('PyPI: what changed')
    expect(percent(run({ done: 10, total: 40 }))).toBe(25)
    expect(percent(run({ done: 50, total: 40 }))).toBe(100)
    expect(percent(run({ done: 50 }))).toBeUndefined()
  })

  it('tell what they did', () => {
    const words = (status: RunStatus, part?: Partial<Report>) =>
      reportWords(run({ status, report: part && report(part) }))
    expect(words('COMPLETED', { read: 1200, new: 3, unchanged: 1197, analysed: 1 })).toBe(
      '1,200 read: 3 new, 1,197 unchanged, 1 package version analysed anew',
    )
    expect(words('COMPLETED', {})).toBe('Nothing had changed')
    expect(words('COMPLETED', { read: 2, failures: 2 })).toBe('2 read')
    expect(words('FAILED', {})).toBe('')
    expect(words('PENDING')).toBe('')
  })

  it('come round', () => {
    expect(everyWords(1)).toBe('Every hour')
    expect(everyWords(24)).toBe('Every 24 hours')
    expect(everyWords(168)).toBe('Every 7 days')
  })
})

describe('advice on a failure', () => {
  it('follows from the reason', () => {
    expect(advice('https://osv.example/PyPI/all.zip: the server answered 500 Internal Server Error')).toMatch(
      /in trouble/,
    )
    expect(advice('the server answered 401 Unauthorized: check the key or token of this source')).toMatch(
      /token/,
    )
    expect(advice('the server answered 429 Too Many Requests')).toMatch(/less often/)
    expect(advice('error sending request: connection refused')).toMatch(/cannot reach/)
    expect(advice('no ecosystem is chosen: set the property')).toMatch(/ecosystem/)
    expect(advice('something else')).toMatch(/log of the server/)
  })
})
