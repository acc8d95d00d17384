import { describe, expect, it } from 'vitest'
import { bodyOf, draftOf, identityWords, problemsOf } from './user'

const filled = { ...draftOf(undefined), username: ' maria ', fullname: 'Maria', email: 'maria@x.example' }

describe('a user', () => {
  it('needs a password when new, and only then', () => {
    expect(problemsOf(filled, true)).toEqual({ password: 'Enter a password' })
    expect(problemsOf(filled, false)).toEqual({})
    expect(problemsOf({ ...filled, password: 'a', confirm: 'b' }, true)).toEqual({
      confirm: 'The passwords differ',
    })
  })

  it('needs a name and an address', () => {
    expect(Object.keys(problemsOf(draftOf(undefined), false))).toEqual(['username', 'fullname', 'email'])
    expect(problemsOf({ ...filled, email: 'maria' }, false)).toHaveProperty('email')
  })

  it('of a directory or provider needs a user name only', () => {
    for (const kind of ['ldap', 'oidc'] as const) {
      expect(problemsOf({ ...draftOf(undefined), username: 'maria' }, true, kind)).toEqual({})
      expect(problemsOf(draftOf(undefined), true, kind)).toEqual({ username: 'Enter a user name' })
    }
  })

  it('says how the directory or the provider knows them', () => {
    const dn = 'uid=maria,dc=example'
    expect(identityWords('ldap', { username: 'maria', dn })).toBe(dn)
    expect(identityWords('ldap', { username: 'maria', dn: 'Syncing...' })).toMatch(/yet/)
    expect(identityWords('ldap', { username: 'maria', dn: 'INVALID' })).toMatch(/Not found/)
    expect(identityWords('oidc', { username: 'maria', subjectIdentifier: 's-1' })).toBe('s-1')
    expect(identityWords('oidc', { username: 'maria' })).toMatch(/not signed in/)
  })

  it('keeps the password unless one is typed', () => {
    expect(bodyOf(filled)).toEqual({
      username: 'maria',
      fullname: 'Maria',
      email: 'maria@x.example',
      suspended: false,
      forcePasswordChange: true,
      nonExpiryPassword: false,
    })
    expect(bodyOf({ ...filled, password: 'p', confirm: 'p' })).toMatchObject({
      newPassword: 'p',
      confirmPassword: 'p',
    })
  })
})
