import { choiceParam, textParam } from '@/shared/url'
import { TYPES } from './repository'

/** State of the list of repositories in the address. */
export interface RepositoriesSearch {
  q?: string
  type?: string
}

export function repositoriesSearch(search: Record<string, unknown>): RepositoriesSearch {
  return { q: textParam(search.q), type: choiceParam(search.type, Object.keys(TYPES)) }
}
