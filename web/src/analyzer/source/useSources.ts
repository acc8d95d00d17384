import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { toastError } from '@/shared/query'
import { rest } from '../rest'
import { isActive, type List, type Run, type Source } from './source'

/** How often sources are asked for while one is mirrored, and otherwise. */
const LIVE_MS = 700
const QUIET_MS = 10_000

/** Everything that new vulnerability data may change. */
const FOLLOWING = [
  'runs',
  'findings',
  'project',
  'projects',
  'components',
  'vulnerabilities',
  'vulnerability',
  'why',
]

/** Every source with its latest run, always as it is now. */
export function useSources() {
  const cache = useQueryClient()
  const sources = useQuery({
    queryKey: ['sources'],
    queryFn: () => rest<List<Source>>('GET', '/vuln-data-sources', { version: 'v2' }),
    select: (list) => list.items,
    refetchInterval: (query) =>
      query.state.data?.items.some((source) => isActive(source.latest_run)) ? LIVE_MS : QUIET_MS,
  })
  const active = sources.data?.filter((source) => isActive(source.latest_run)).length ?? 0
  const before = useRef(active)
  useEffect(() => {
    if (active < before.current)
      for (const key of FOLLOWING) void cache.invalidateQueries({ queryKey: [key] })
    before.current = active
  }, [active, cache])
  return sources
}

export function useRuns(name: string, enabled: boolean) {
  return useQuery({
    queryKey: ['runs', name],
    queryFn: () => rest<List<Run>>('GET', `/vuln-data-sources/${name}/mirror-runs`, { version: 'v2' }),
    select: (list) => list.items,
    enabled,
    refetchInterval: QUIET_MS,
  })
}

/** Starts a run of a source, or stops the one that is under way. */
export function useMirror(name: string) {
  const cache = useQueryClient()
  const reload = () =>
    Promise.all([
      cache.invalidateQueries({ queryKey: ['sources'] }),
      cache.invalidateQueries({ queryKey: ['runs', name] }),
    ])
  const runs = `/vuln-data-sources/${name}/mirror-runs`
  const start = useMutation({
    mutationFn: () => rest<void>('POST', runs, { version: 'v2' }),
    onError: (error) => toastError(error, 'The run was not started'),
    onSettled: reload,
  })
  const stop = useMutation({
    mutationFn: () => rest<void>('DELETE', `${runs}/latest`, { version: 'v2' }),
    onError: (error) => toastError(error, 'The run was not stopped'),
    onSettled: reload,
  })
  return { start, stop }
}
