/** A user of the component analysis; what only users with a password here have is left out for others. */
export interface User {
  username: string
  fullname?: string
  email?: string
  suspended?: boolean
  forcePasswordChange?: boolean
  nonExpiryPassword?: boolean
  lastPasswordChange?: number
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
export function problemsOf(draft: Draft, isNew: boolean): Partial<Record<keyof Draft, string>> {
  return {
    ...(draft.username.trim() === '' && { username: 'Enter a user name' }),
    ...(draft.fullname.trim() === '' && { fullname: 'Enter a name' }),
    ...(!/^\S+@\S+$/.test(draft.email.trim()) && { email: 'Enter an e-mail address' }),
    ...(isNew && draft.password === '' && { password: 'Enter a password' }),
    ...(draft.password !== draft.confirm && { confirm: 'The passwords differ' }),
  }
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
