import { describe, expect, it } from 'vitest'
import { bodyOf, draftOf, problemsOf } from './user'

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
