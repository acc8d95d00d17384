import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import {
  DependencyTrackIntegrationDocument,
  SaveDependencyTrackIntegrationDocument,
  type SaveDependencyTrackIntegrationInput,
} from '@/graphql/generated/graphql'
import { AppError } from '@/shared/error'

/** The company's Dependency-Track, or null before it is connected. */
export function useIntegration(companyId: string) {
  return useQuery({
    queryKey: ['integration', companyId],
    queryFn: () => gql(DependencyTrackIntegrationDocument, { companyId }),
    select: (data) =>
      data.integrations.find(
        (one) => one.integrationType.toUpperCase().replaceAll('-', '_') === 'DEPENDENCY_TRACK',
      ) ?? null,
  })
}

/** Creates the integration at the first save and changes the named fields afterwards. */
export function useSaveIntegration(companyId: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: async (input: Omit<SaveDependencyTrackIntegrationInput, 'companyId'>) => {
      const { saveDependencyTrackIntegration: saved } = await gql(SaveDependencyTrackIntegrationDocument, {
        input: { companyId, ...input },
      })
      const problem = saved.errors[0]
      if (problem) throw new AppError(problem.message, problem.code, problem.hint)
      return saved.integration
    },
    onSuccess: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: ['integration', companyId] }),
        cache.invalidateQueries({ queryKey: ['integration-catalog'] }),
      ]),
  })
}
