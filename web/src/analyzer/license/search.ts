import { choiceParam, pageParam, textParam } from '@/shared/url'

export const LICENSE_TABS = ['licenses', 'groups'] as const

/** State of the licences in the address: the tab, and the list in it. */
export interface LicensesSearch {
  tab?: (typeof LICENSE_TABS)[number]
  q?: string
  page?: number
}

export function licensesSearch(search: Record<string, unknown>): LicensesSearch {
  return {
    tab: choiceParam(search.tab, LICENSE_TABS),
    q: textParam(search.q),
    page: pageParam(search.page),
  }
}
