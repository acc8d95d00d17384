import { describe, expect, it } from 'vitest'
import { operatorLabel, SUBJECT_CHOICES, SUBJECTS } from './policy'
import { conditionWords, fieldsOf, fieldsProblem, valueText, valueWords } from './value'

describe('subjects', () => {
  it('are all offered, each operator in words', () => {
    const offered = SUBJECT_CHOICES.flatMap((group) => group.items.map((item) => item.value))
    expect(offered.sort()).toEqual(Object.keys(SUBJECTS).sort())
    for (const { operators } of Object.values(SUBJECTS))
      for (const operator of operators) expect(operatorLabel(operator)).not.toMatch(/numeric|_/)
  })
})

describe('the value of a condition', () => {
  it('comes back as it was stored', () => {
    const stored = [
      ['period', 'P1Y6M'],
      ['period', 'P30D'],
      ['coordinates', '{"group":"org.acme","name":"core-*","version":">= 2"}'],
      ['hash', `{"algorithm":"SHA-1","value":"${'a'.repeat(40)}"}`],
      ['distance', '{"epoch":"0","major":"1","minor":"?","patch":"?"}'],
      ['cwe', 'CWE-79, CWE-89'],
      ['cwe', '*'],
      ['score', '0.5'],
      ['pattern', 'pkg:npm/*'],
      ['severity', 'HIGH'],
      ['expression', 'component.name == "core"'],
      ['flag', 'false'],
    ] as const
    for (const [editor, value] of stored) {
      const fields = fieldsOf(editor, value)
      expect(fieldsProblem(editor, fields)).toBeUndefined()
      expect(valueText(editor, fields)).toBe(value)
    }
  })

  it('is written in the form that the server reads', () => {
    expect(valueText('cwe', { value: '79; cwe-89' })).toBe('CWE-79, CWE-89')
    expect(valueText('period', { years: '0', months: '06', days: '' })).toBe('P6M')
    expect(fieldsOf('period', 'P2W')).toEqual({ years: '', months: '', days: '14' })
    expect(valueText('coordinates', { group: '', name: ' core ', version: '' })).toBe('{"name":"core"}')
  })

  it('starts anew where it cannot be read', () => {
    expect(fieldsOf('coordinates', 'core')).toEqual({ group: '', name: '', version: '' })
    expect(fieldsOf('period', 'P')).toEqual({ years: '', months: '', days: '' })
    expect(fieldsOf('distance', '{"major":2,"minor":"3"}')).toEqual({
      epoch: '0',
      major: '1',
      minor: '3',
      patch: '?',
    })
  })

  it('is refused with a reason when it means nothing', () => {
    expect(fieldsProblem('period', { years: '', months: '0', days: '' })).toMatch(/years/)
    expect(fieldsProblem('period', { years: '1.5', months: '', days: '' })).toMatch(/whole/)
    expect(fieldsProblem('cwe', { value: 'XSS' })).toMatch(/79/)
    expect(fieldsProblem('cwe', { value: '' })).toMatch(/79/)
    for (const bad of ['', '1.5', '-1', 'x']) expect(fieldsProblem('score', { value: bad })).toMatch(/0 to 1/)
    expect(fieldsProblem('score', { value: '0' })).toBeUndefined()
    expect(fieldsProblem('hash', { algorithm: 'MD5', value: 'xyz' })).toMatch(/hexadecimal/)
    expect(fieldsProblem('distance', { epoch: '0', major: '', minor: '?', patch: '?' })).toMatch(/whole/)
    expect(fieldsProblem('coordinates', { group: ' ', name: '', version: '' })).toMatch(/name/)
    expect(fieldsProblem('license', { value: '' })).toMatch(/Choose/)
  })
})

describe('a condition', () => {
  it('reads as a sentence', () => {
    const words = (subject: string, operator: string, value: string) =>
      conditionWords({ subject, operator, value }, new Map([['u', 'Copyleft']]))
    expect(words('SEVERITY', 'IS', 'CRITICAL')).toBe('Severity is critical')
    expect(words('LICENSE_GROUP', 'IS_NOT', 'u')).toBe('Licence group is not Copyleft')
    expect(words('LICENSE', 'IS', 'unresolved')).toBe('Licence is not known')
    expect(words('AGE', 'NUMERIC_GREATER_THAN', 'P1Y6M')).toBe(
      'Age of the latest version is greater than 1 year 6 months',
    )
    expect(
      words('VERSION_DISTANCE', 'NUMERIC_GREATER_THAN_OR_EQUAL', '{"epoch":"0","major":"1","minor":"?"}'),
    ).toBe('Distance to the latest version is at least major 1')
    expect(words('COORDINATES', 'MATCHES', '{"group":"org.acme","name":"core-*"}')).toBe(
      'Component matches group org.acme, name core-*',
    )
    expect(words('EXPRESSION', 'MATCHES', 'component.name == "x"')).toBe(
      'Expression matches component.name == "x"',
    )
    expect(valueWords({ subject: 'AGE', value: 'soon' })).toBe('soon')
  })
})
