import { describe, expect, it } from 'vitest'
import { dnName, isDn, ldapChoices, newGroupName, oidcChoices } from './group'

const DEVELOPERS = 'cn=developers,ou=groups,dc=example,dc=com'

describe('a distinguished name', () => {
  it('is told apart from what is searched', () => {
    for (const dn of [DEVELOPERS, ' CN = Web', '2.5.4.3=x']) expect(isDn(dn)).toBe(true)
    for (const text of ['developers', '', 'a b=c', 'cn=', 'cn= ,dc=x']) expect(isDn(text)).toBe(false)
  })

  it('is called by its first part', () => {
    expect(dnName(DEVELOPERS)).toBe('developers')
    expect(dnName('CN=Web\\, shop,DC=example')).toBe('Web, shop')
    expect(dnName('developers')).toBe('developers')
    expect(dnName('cn=,dc=x')).toBe('cn=,dc=x')
  })
})

describe('the choices of LDAP groups', () => {
  const values = (...rest: Parameters<typeof ldapChoices>) => ldapChoices(...rest).map((one) => one.value)

  it('are what was found and is not mapped', () => {
    expect(values(['cn=a', 'cn=b'], ['cn=a'], '')).toEqual(['cn=b'])
  })

  it('have what was typed when it is a whole name, once', () => {
    expect(values([], [], DEVELOPERS)).toEqual([DEVELOPERS])
    expect(values([DEVELOPERS], [], DEVELOPERS.toUpperCase())).toEqual([DEVELOPERS])
    expect(values([], [DEVELOPERS], DEVELOPERS)).toEqual([])
    expect(values([], [], 'developers')).toEqual([])
  })
})

describe('the choices of OpenID Connect groups', () => {
  const known = [
    { uuid: 'a', name: 'admins' },
    { uuid: 'b', name: 'builders' },
  ]

  it('are those that are known and not mapped, by what is typed', () => {
    expect(oidcChoices(known, ['a'], '').map((one) => one.value)).toEqual(['b'])
    expect(oidcChoices(known, [], 'ADM').map((one) => one.value)).toEqual(['a', 'new:ADM'])
  })

  it('have a new one by its name', () => {
    const made = oidcChoices(known, [], ' readers ').at(-1)
    expect(made?.label).toBe('Add the group readers')
    expect(newGroupName(made?.value ?? '')).toBe('readers')
    expect(oidcChoices(known, ['a'], 'admins')).toEqual([])
    expect(newGroupName('a')).toBeUndefined()
  })
})
