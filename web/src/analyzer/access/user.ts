import { isMailAddress } from '@/shared/address'

export const USER_KINDS = ['managed', 'ldap', 'oidc'] as const
/** Who knows the password of a user: this server, the LDAP directory, or the OpenID Connect provider. */
export type UserKind = (typeof USER_KINDS)[number]

export const KIND_LABEL: Record<UserKind, string> = {
  managed: 'Password',
  ldap: 'LDAP',
  oidc: 'OpenID Connect',
}

/** A user of the component analysis; what only users with a password here have is left out for others. */
export interface User {
  username: string
  fullname?: string
  email?: string
  suspended?: boolean
  forcePasswordChange?: boolean
  nonExpiryPassword?: boolean
  lastPasswordChange?: number
  /** The entry of an LDAP user in the directory. */
  dn?: string
  /** What the provider calls an OpenID Connect user, from the first log-in on. */
  subjectIdentifier?: string
  teams?: { uuid: string; name: string }[]
}

/** A user as a person writes it. */
export interface Draft {
  username: string
  fullname: string
  email: string
  password: string
  confirm: string
  suspended: boolean
  forcePasswordChange: boolean
  nonExpiryPassword: boolean
}

export function draftOf(user: User | undefined): Draft {
  return {
    username: user?.username ?? '',
    fullname: user?.fullname ?? '',
    email: user?.email ?? '',
    password: '',
    confirm: '',
    suspended: user?.suspended ?? false,
    // Who is new chooses a password of their own.
    forcePasswordChange: user?.forcePasswordChange ?? true,
    nonExpiryPassword: user?.nonExpiryPassword ?? false,
  }
}

/** What is wrong, by field. A user that is changed keeps the password unless one is typed. */
export function problemsOf(
  draft: Draft,
  isNew: boolean,
  kind: UserKind = 'managed',
): Partial<Record<keyof Draft, string>> {
  const username = draft.username.trim() === '' ? { username: 'Enter a user name' } : {}
  // The rest is known elsewhere.
  if (kind !== 'managed') return username
  return {
    ...username,
    ...(draft.fullname.trim() === '' && { fullname: 'Enter a name' }),
    ...(!isMailAddress(draft.email) && { email: 'Enter an e-mail address' }),
    ...(isNew && draft.password === '' && { password: 'Enter a password' }),
    ...(draft.password !== draft.confirm && { confirm: 'The passwords differ' }),
  }
}

/** What stands for the entry of an LDAP user that was not looked up yet, or is not there any more. */
const STAND_INS = ['Syncing...', 'INVALID']

/** How the directory or the provider knows a user, in words. */
export function identityWords(kind: UserKind, { dn, subjectIdentifier }: User): string {
  if (kind === 'ldap') {
    if (dn === STAND_INS[1]) return 'Not found in the directory'
    return dn === undefined || STAND_INS.includes(dn) ? 'Not looked up in the directory yet' : dn
  }
  return subjectIdentifier ?? 'Has not signed in yet'
}

export function bodyOf(draft: Draft) {
  const { password, confirm, ...rest } = draft
  return {
    ...rest,
    username: draft.username.trim(),
    fullname: draft.fullname.trim(),
    email: draft.email.trim(),
    ...(password !== '' && { newPassword: password, confirmPassword: confirm }),
  }
}
