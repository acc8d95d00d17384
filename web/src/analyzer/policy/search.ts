import { pageParam, textParam } from '@/shared/url'

/** State of the list of policies in the address. */
export interface PoliciesSearch {
  q?: string
  page?: number
}

export function policiesSearch(search: Record<string, unknown>): PoliciesSearch {
  return { q: textParam(search.q), page: pageParam(search.page) }
}
