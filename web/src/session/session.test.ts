import { afterEach, describe, expect, it, vi } from 'vitest'
import { changePassword, login } from './login'
import { claims, session } from './session'

const answer = (status: number, body: string) =>
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(body, { status }))

const token = (payload: object) => {
  const part = (value: object) =>
    btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
  return `${part({ alg: 'HS256' })}.${part(payload)}.signature`
}

afterEach(() => session.end())

describe('logging in', () => {
  it('gives the token, or asks for a new password', async () => {
    answer(200, 'a.b.c\n')
    expect(await login('admin', 'x')).toEqual({ kind: 'signed-in', token: 'a.b.c' })
    answer(401, 'FORCE_PASSWORD_CHANGE')
    expect(await login('admin', 'x')).toEqual({ kind: 'must-change-password' })
  })

  it('says in words why it was refused', async () => {
    answer(401, 'INVALID_CREDENTIALS')
    await expect(login('admin', 'x')).rejects.toThrow('user name or the password is wrong')
    answer(403, 'SUSPENDED')
    await expect(login('admin', 'x')).rejects.toThrow('suspended')
    answer(401, '')
    await expect(login('admin', 'x')).rejects.toThrow('wrong')
  })

  it('passes on why a new password was not taken', async () => {
    answer(406, 'The passwords do not match. Password not changed.')
    const form = { username: 'a', password: 'b', newPassword: 'c', confirmPassword: 'd' }
    await expect(changePassword(form)).rejects.toThrow('do not match')
  })
})

describe('the session', () => {
  it('tells those who listen when it starts and ends', () => {
    const heard: (string | null)[] = []
    const stop = session.subscribe(() => heard.push(session.token()))
    session.start('t')
    session.end()
    stop()
    session.start('u')
    expect(heard).toEqual(['t', null])
  })

  it('reads the name out of any token', () => {
    const permissions = 'VIEW_PORTFOLIO,BOM_UPLOAD'
    expect(claims(token({ sub: 'zoë', permissions }))).toEqual({
      username: 'zoë',
      permissions: ['VIEW_PORTFOLIO', 'BOM_UPLOAD'],
    })
    for (const bad of [null, '', 'opaque', 'a.!!.c']) expect(claims(bad).username).toBeNull()
  })
})
