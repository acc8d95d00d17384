/** The parts of the settings of a company. */
export const SECTIONS = [
  { value: 'people', label: 'People' },
  { value: 'teams', label: 'Teams' },
  { value: 'keys', label: 'API keys' },
  { value: 'sla', label: 'Deadlines' },
  { value: 'gate', label: 'Security gate' },
  { value: 'audit', label: 'Audit log' },
  { value: 'company', label: 'Company' },
] as const

export const ROLES = ['OWNER', 'ADMIN', 'MANAGER', 'DEVELOPER', 'READER'] as const

type Role = (typeof ROLES)[number]

/** Whether somebody of this role may manage a company. */
export function isAdmin(role: Role | undefined) {
  return role === 'OWNER' || role === 'ADMIN'
}

/** The roles that somebody of this role may give, as choices. */
export function givable(own: Role | undefined) {
  const from = own ? ROLES.indexOf(own) : ROLES.length
  return ROLES.slice(from).map((role) => ({
    value: role,
    label: role.charAt(0) + role.slice(1).toLowerCase(),
  }))
}
