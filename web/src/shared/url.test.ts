import { describe, expect, it } from 'vitest'
import { choiceParam, choicesParam, flagParam, pageParam, splitChoices, textParam } from './url'

describe('list state in the address', () => {
  it('keeps text that looks like a number', () => {
    expect(textParam(2021)).toBe('2021')
    expect(textParam('  log4j ')).toBe('log4j')
    expect(textParam('   ')).toBeUndefined()
    expect(textParam({ a: 1 })).toBeUndefined()
  })

  it('falls back to the first page for anything that is no page', () => {
    expect(pageParam('3')).toBe(3)
    for (const bad of ['1', 0, -4, 2.5, 'x', null, undefined]) expect(pageParam(bad)).toBeUndefined()
  })

  it('drops words that are not offered and gives one order', () => {
    const allowed = ['LOW', 'HIGH', 'CRITICAL'] as const
    expect(choicesParam('CRITICAL,nope,LOW', allowed)).toBe('LOW,CRITICAL')
    expect(choicesParam('nope', allowed)).toBeUndefined()
    expect(choiceParam('HIGH', allowed)).toBe('HIGH')
    expect(choiceParam('high', allowed)).toBeUndefined()
  })

  it('uses the fallback when nothing is chosen', () => {
    expect(splitChoices(undefined, ['A', 'B'])).toEqual(['A', 'B'])
    expect(splitChoices('B', ['A', 'B'])).toEqual(['B'])
  })

  it('reads flags in both spellings', () => {
    expect(flagParam(true)).toBe(true)
    expect(flagParam('true')).toBe(true)
    expect(flagParam('1')).toBeUndefined()
  })
})
