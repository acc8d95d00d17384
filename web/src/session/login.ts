import { AppError, fromResponse, unreachable } from '@/shared/error'

/** What the server answers to a log-in. */
export type LoginOutcome = { kind: 'signed-in'; token: string } | { kind: 'must-change-password' }

const REFUSALS: Record<string, string> = {
  INVALID_CREDENTIALS: 'The user name or the password is wrong.',
  EXPIRED_CREDENTIALS: 'The password has expired. Ask an administrator for a new one.',
  SUSPENDED: 'This account is suspended. Ask an administrator.',
  UNMAPPED_ACCOUNT: 'This account is not known here. Ask an administrator.',
  OTHER: 'The log-in was refused.',
}

export async function login(username: string, password: string): Promise<LoginOutcome> {
  const { status, text } = await post('/api/v1/user/login', { username, password })
  if (status === 200) return { kind: 'signed-in', token: text.trim() }
  if (status === 401 && text === 'FORCE_PASSWORD_CHANGE') return { kind: 'must-change-password' }
  throw refused(status, text)
}

export async function changePassword(form: {
  username: string
  password: string
  newPassword: string
  confirmPassword: string
}): Promise<void> {
  const { status, text } = await post('/api/v1/user/forceChangePassword', form)
  if (status !== 200) throw refused(status, text)
}

function refused(status: number, text: string) {
  const known = REFUSALS[text]
  if (known) return new AppError(known, text, null, status)
  if (status === 401)
    return new AppError(REFUSALS.INVALID_CREDENTIALS as string, 'INVALID_CREDENTIALS', null, status)
  return fromResponse(status, text)
}

async function post(path: string, form: Record<string, string>) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { Accept: 'text/plain' },
    body: new URLSearchParams(form),
  }).catch(() => {
    throw unreachable()
  })
  return { status: response.status, text: await response.text() }
}
