import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Team } from '../api'
import { ALL, rest } from '../rest'
import type { OidcGroup } from './group'
import type { User, UserKind } from './user'

/** Every team with its keys and permissions. There are few: the API gives them all. */
export function useTeams() {
  return useQuery({
    queryKey: ['teams'],
    queryFn: () => rest<Team[]>('GET', '/team', { query: ALL }),
  })
}

export function useUsers(kind: UserKind) {
  return useQuery({
    queryKey: ['users', kind],
    queryFn: () => rest<User[]>('GET', `/user/${kind}`, { query: ALL }),
  })
}

/** The groups of the OpenID Connect provider that are known here. */
export function useOidcGroups() {
  return useQuery({
    queryKey: ['oidc-groups'],
    queryFn: () => rest<OidcGroup[]>('GET', '/oidc/group', { query: ALL }),
  })
}

/** Reads teams, users and groups again: each tells of the others. */
export function useReloadAccess() {
  const cache = useQueryClient()
  return () =>
    Promise.all(
      ['teams', 'users', 'oidc-groups', 'acl', 'projects'].map((key) =>
        cache.invalidateQueries({ queryKey: [key] }),
      ),
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
