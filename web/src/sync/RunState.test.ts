import { describe, expect, it } from 'vitest'
import { isActive, percent } from './RunState'

describe('a run', () => {
  it('is active while queued or running', () => {
    expect(isActive({ state: 'QUEUED' })).toBe(true)
    expect(isActive({ state: 'RUNNING' })).toBe(true)
    expect(isActive({ state: 'FAILED' })).toBe(false)
    expect(isActive(undefined)).toBe(false)
  })

  it('stays within 0 and 100 percent', () => {
    expect(percent({ progress: 0.426, state: 'RUNNING' })).toBe(43)
    expect(percent({ progress: 1.7, state: 'RUNNING' })).toBe(100)
    expect(percent({ progress: -1, state: 'RUNNING' })).toBe(0)
    expect(percent({ progress: 0.9, state: 'SUCCEEDED' })).toBe(100)
  })
})
