import { notifications } from '@mantine/notifications'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { session } from '@/session/session'
import { toAppError } from './error'

function signOutIfOver(thrown: unknown) {
  if (toAppError(thrown).signedOut) session.end()
}

/** The one cache of everything read from the server. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: signOutIfOver }),
  mutationCache: new MutationCache({ onError: signOutIfOver }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, thrown) => failures < 2 && toAppError(thrown).retryable,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
})

export function toastError(thrown: unknown, title = 'That did not work') {
  const error = toAppError(thrown)
  if (error.signedOut) return
  notifications.show({
    color: 'red',
    title,
    message: error.hint ? `${error.message} ${error.hint}` : error.message,
  })
}

export function toastDone(message: string) {
  notifications.show({ color: 'teal', message })
}
