import { describe, expect, it } from 'vitest'
import { bySeverity, fromAnalyzer, fromScore, SEVERITIES, total } from './severity'

describe('severity', () => {
  it('follows the qualitative scale at its edges', () => {
    const edges = [10, 9, 8.9, 7, 6.9, 4, 3.9, 0.1, 0].map(fromScore)
    expect(edges).toEqual([
      'CRITICAL',
      'CRITICAL',
      'HIGH',
      'HIGH',
      'MEDIUM',
      'MEDIUM',
      'LOW',
      'LOW',
      'NOTIFICATION',
    ])
  })

  it('maps the analyzer words that the platform does not have', () => {
    expect(fromAnalyzer('HIGH')).toBe('HIGH')
    expect(fromAnalyzer('INFO')).toBe('NOTIFICATION')
    expect(fromAnalyzer('UNASSIGNED')).toBe('NOTIFICATION')
    expect(fromAnalyzer(undefined)).toBe('NOTIFICATION')
  })

  it('sorts the worst first', () => {
    expect([...SEVERITIES].reverse().sort(bySeverity)).toEqual(SEVERITIES)
  })

  it('adds all five', () => {
    expect(total({ critical: 1, high: 2, medium: 3, low: 4, notification: 5 })).toBe(15)
  })
})
