import { describe, expect, it } from 'vitest'
import { changesOf, type Field, problemOf, REMOVE, splitList, valuesOf } from './property'

const FIELDS: Field[] = [
  { group: 'vuln-source', name: 'nvd.enabled', label: 'Mirror', kind: 'switch' },
  { group: 'vuln-source', name: 'nvd.feeds.url', label: 'Address', kind: 'address' },
  { group: 'task-scheduler', name: 'nist.mirror.cadence', label: 'Every', kind: 'hours' },
  { group: 'vuln-source', name: 'nvd.api.key', label: 'API key', kind: 'secret' },
  { group: 'vuln-source', name: 'google.osv.enabled', label: 'Ecosystems', kind: 'list' },
]
const property = (groupName: string, propertyName: string, propertyValue?: string) => ({
  groupName,
  propertyName,
  propertyValue,
  propertyType: 'STRING',
})
const STORED = [
  property('vuln-source', 'nvd.enabled', 'true'),
  property('vuln-source', 'nvd.feeds.url', 'https://nvd.example'),
  property('task-scheduler', 'nist.mirror.cadence', '24'),
  property('vuln-source', 'nvd.api.key', 'HiddenDecryptedPropertyPlaceholder'),
  property('vuln-source', 'google.osv.enabled', 'npm;PyPI'),
  property('scanner', 'nvd.enabled', 'false'),
]
const before = valuesOf(FIELDS, STORED)

describe('settings', () => {
  it('start as they are stored, a secret without its stand-in', () => {
    expect(before).toEqual({
      'nvd.enabled': 'true',
      'nvd.feeds.url': 'https://nvd.example',
      'nist.mirror.cadence': '24',
      'nvd.api.key': '',
      'google.osv.enabled': 'npm;PyPI',
    })
  })

  it('are written only where they differ', () => {
    expect(changesOf(FIELDS, before, before)).toEqual([])
    const now = {
      ...before,
      'nvd.feeds.url': ' https://mirror.example ',
      'google.osv.enabled': 'npm; PyPI;npm',
    }
    expect(changesOf(FIELDS, before, now)).toEqual([
      { groupName: 'vuln-source', propertyName: 'nvd.feeds.url', propertyValue: 'https://mirror.example' },
    ])
  })

  it('keep a secret unless one is typed or it is to be removed', () => {
    const key = (value: string) => changesOf(FIELDS, before, { ...before, 'nvd.api.key': value })
    expect(key('')).toEqual([])
    expect(key('s3cret')[0]?.propertyValue).toBe('s3cret')
    expect(key(REMOVE)[0]?.propertyValue).toBe('')
  })

  it('treat an unset switch as off', () => {
    const unset = valuesOf(FIELDS, [])
    expect(changesOf(FIELDS, unset, { ...unset, 'nvd.enabled': 'false' })).toEqual([])
    expect(changesOf(FIELDS, unset, { ...unset, 'nvd.enabled': 'true' })).toHaveLength(1)
  })

  it('say why a value cannot be meant', () => {
    const [, address, hours] = FIELDS as [Field, Field, Field]
    expect(problemOf(address, 'nvd.example')).toMatch(/https/)
    expect(problemOf(address, 'ftp://nvd.example')).toMatch(/https/)
    expect(problemOf(address, 'http://127.0.0.1:8080/x')).toBeUndefined()
    for (const bad of ['', '0', '-1', '2.5', 'x']) expect(problemOf(hours, bad)).toMatch(/hours/)
    expect(problemOf(hours, '168')).toBeUndefined()
  })

  it('split lists', () => {
    expect(splitList(' npm; ;PyPI')).toEqual(['npm', 'PyPI'])
    expect(splitList(undefined)).toEqual([])
  })
})
