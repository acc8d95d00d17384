import { useQuery, useQueryClient } from '@tanstack/react-query'
import { ALL, rest } from '../rest'
import type { ConciseLicense, LicenseGroup } from './license'

/** Every licence without its text: some hundreds, which hardly ever change. */
export function useLicenses(enabled = true) {
  return useQuery({
    queryKey: ['licenses', 'concise'],
    queryFn: () => rest<ConciseLicense[]>('GET', '/license/concise'),
    staleTime: 300_000,
    enabled,
  })
}

export function useLicenseGroups(enabled = true) {
  return useQuery({
    queryKey: ['license-groups'],
    queryFn: () => rest<LicenseGroup[]>('GET', '/licenseGroup', { query: ALL }),
    enabled,
  })
}

export function useReloadLicenses() {
  const cache = useQueryClient()
  return () =>
    Promise.all(
      ['licenses', 'license', 'license-groups'].map((key) => cache.invalidateQueries({ queryKey: [key] })),
    )
}
