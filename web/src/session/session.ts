import { useSyncExternalStore } from 'react'

const KEY = 'twintrack.token'
const listeners = new Set<() => void>()

const storage = () => window.sessionStorage

/** The token of the signed-in person; lives as long as the browser tab. */
export const session = {
  token: (): string | null => storage().getItem(KEY),
  start(token: string) {
    storage().setItem(KEY, token)
    notify()
  },
  end() {
    storage().removeItem(KEY)
    notify()
  },
  subscribe(listener: () => void) {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}

function notify() {
  for (const listener of listeners) listener()
}

/** Claims of the token that the interface shows. They decide nothing: the server does. */
export function claims(token: string | null): { username: string | null; permissions: string[] } {
  const none = { username: null, permissions: [] }
  const payload = token?.split('.')[1]
  if (!payload) return none
  try {
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
    const json = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: string; permissions?: string }
    return {
      username: json.sub ?? null,
      permissions: json.permissions?.split(',').filter(Boolean) ?? [],
    }
  } catch {
    return none
  }
}

export function useToken() {
  return useSyncExternalStore(session.subscribe, session.token)
}
