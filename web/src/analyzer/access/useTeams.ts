import { useQuery } from '@tanstack/react-query'
import type { Team } from '../api'
import { rest } from '../rest'

/** Every team with its keys and permissions. There are few: the API gives them all. */
export function useTeams() {
  return useQuery({
    queryKey: ['teams'],
    queryFn: () => rest<Team[]>('GET', '/team', { query: { pageNumber: 1, pageSize: 1000 } }),
  })
}

export function members(team: Team) {
  return [...(team.managedUsers ?? []), ...(team.ldapUsers ?? []), ...(team.oidcUsers ?? [])]
}
