import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Team } from '../api'
import { ALL, rest } from '../rest'
import type { User } from './user'

/** Every team with its keys and permissions. There are few: the API gives them all. */
export function useTeams() {
  return useQuery({
    queryKey: ['teams'],
    queryFn: () => rest<Team[]>('GET', '/team', { query: ALL }),
  })
}

export type UserKind = 'managed' | 'ldap' | 'oidc'

export function useUsers(kind: UserKind) {
  return useQuery({
    queryKey: ['users', kind],
    queryFn: () => rest<User[]>('GET', `/user/${kind}`, { query: ALL }),
  })
}

/** Reads teams and users again: each tells of the other. */
export function useReloadAccess() {
  const cache = useQueryClient()
  return () =>
    Promise.all(
      ['teams', 'users', 'acl', 'projects'].map((key) => cache.invalidateQueries({ queryKey: [key] })),
    )
}

export function members(team: Team) {
  return [...(team.managedUsers ?? []), ...(team.ldapUsers ?? []), ...(team.oidcUsers ?? [])]
}

/** Puts a user into a team, or takes them out. */
export function setMember(username: string, team: string, member: boolean) {
  const path = `/user/${encodeURIComponent(username)}/membership`
  return rest<User>(member ? 'POST' : 'DELETE', path, { body: { uuid: team } })
}
