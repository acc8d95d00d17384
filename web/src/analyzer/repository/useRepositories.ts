import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { toastError } from '@/shared/query'
import { ALL, rest } from '../rest'
import { bodyOf, type Draft, draftOf, inOrder, type Repository } from './repository'

/** Every repository: there are few. */
export function useRepositories() {
  return useQuery({
    queryKey: ['repositories'],
    queryFn: () => rest<Repository[]>('GET', '/repository', { query: ALL }),
    select: inOrder,
  })
}

/** What repositories say is shown with components. */
function useReload() {
  const cache = useQueryClient()
  return () =>
    Promise.all(['repositories', 'components'].map((key) => cache.invalidateQueries({ queryKey: [key] })))
}

export function useSaveRepository(before: Repository | undefined) {
  return useMutation({
    mutationFn: (draft: Draft) =>
      rest<Repository>(before ? 'POST' : 'PUT', '/repository', { body: bodyOf(draft, before) }),
    onSuccess: useReload(),
  })
}

/** Changes one thing of a repository in its row. */
export function useChangeRepository(repository: Repository) {
  return useMutation({
    mutationFn: (change: Partial<Draft>) =>
      rest<Repository>('POST', '/repository', {
        body: bodyOf({ ...draftOf(repository), ...change }, repository),
      }),
    onError: (error) => toastError(error, 'The repository was not changed'),
    onSettled: useReload(),
  })
}

export function useDeleteRepository() {
  const reload = useReload()
  return async (repository: Repository) => {
    await rest<void>('DELETE', `/repository/${repository.uuid}`)
    await reload()
  }
}
