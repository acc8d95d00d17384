import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useLicenseGroups, useLicenses } from '../license/useLicenses'
import { ALL, rest } from '../rest'
import type { Policy } from './policy'
import type { Names } from './value'

export function usePolicy(uuid: string) {
  return useQuery({
    queryKey: ['policy', uuid],
    queryFn: () => rest<Policy>('GET', `/policy/${uuid}`),
  })
}

/** Every policy, for choices. */
export function useAllPolicies() {
  return useQuery({
    queryKey: ['policies', 'all'],
    queryFn: () => rest<Policy[]>('GET', '/policy', { query: ALL }),
  })
}

/** Reads again what a change of a policy touches. */
export function useReloadPolicies() {
  const cache = useQueryClient()
  return () =>
    Promise.all(
      ['policies', 'policy', 'violations', 'project'].map((key) =>
        cache.invalidateQueries({ queryKey: [key] }),
      ),
    )
}

/** Names of the licences and groups that conditions name by uuid; read only where a condition needs them. */
export function useNames(subjects: readonly string[]): Names {
  const licenses = useLicenses(subjects.includes('LICENSE'))
  const groups = useLicenseGroups(subjects.includes('LICENSE_GROUP'))
  return useMemo(
    () =>
      new Map([
        ...(licenses.data ?? []).map((one) => [one.uuid, one.licenseId] as const),
        ...(groups.data ?? []).map((one) => [one.uuid, one.name] as const),
      ]),
    [licenses.data, groups.data],
  )
}
