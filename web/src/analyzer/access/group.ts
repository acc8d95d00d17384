/** Groups of an LDAP directory or of an OpenID Connect provider, which stand for teams. */

export interface LdapMapping {
  uuid: string
  /** The distinguished name of the group. */
  dn: string
}

export interface OidcGroup {
  uuid: string
  /** The group as the provider calls it. */
  name: string
}

export interface OidcMapping {
  uuid: string
  group: OidcGroup
}

/** Whether a text is written as a distinguished name: `cn=developers,dc=example,dc=com`. */
export const isDn = (text: string) => /^\s*(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)*)\s*=\s*[^\s,]/i.test(text)

/** What a distinguished name begins with: `cn=Web\\, shop,dc=example` → `Web, shop`. */
export function dnName(dn: string): string {
  const first = /^[^=]*=\s*((?:\\.|[^\\,])*)/.exec(dn)?.[1]?.trim()
  return first?.replaceAll(/\\([^0-9a-f])/gi, '$1') || dn
}

interface Choice {
  value: string
  label: string
}

/** What can be mapped: the groups that were found, and what was typed where it is a name by itself. */
export function ldapChoices(found: readonly string[], mapped: readonly string[], typed: string): Choice[] {
  const free = found.filter((dn) => !mapped.includes(dn)).map((dn) => ({ value: dn, label: dn }))
  const dn = typed.trim()
  const known = [...found, ...mapped].some((one) => one.toLowerCase() === dn.toLowerCase())
  return isDn(dn) && !known ? [...free, { value: dn, label: `Map ${dn}` }] : free
}

/** Stands before the name of a group that is not known yet. */
const NEW = 'new:'

/** What can be mapped: the groups that are known, and what was typed as a new one. */
export function oidcChoices(known: readonly OidcGroup[], mapped: readonly string[], typed: string): Choice[] {
  const name = typed.trim()
  const free = known
    .filter((group) => !mapped.includes(group.uuid) && group.name.toLowerCase().includes(name.toLowerCase()))
    .map((group) => ({ value: group.uuid, label: group.name }))
  const isNew = name !== '' && !known.some((group) => group.name === name)
  return isNew ? [...free, { value: `${NEW}${name}`, label: `Add the group ${name}` }] : free
}

/** The name of the new group that was chosen; nothing when it is a known one. */
export const newGroupName = (choice: string) =>
  choice.startsWith(NEW) ? choice.slice(NEW.length) : undefined
