import { choiceParam, flagParam, pageParam, textParam } from '@/shared/url'

export const PROJECT_SORTS = ['name', 'version', 'lastBomImport', 'lastInheritedRiskScore'] as const

/** State of the project list in the address. */
export interface ProjectsSearch {
  q?: string
  page?: number
  sort?: (typeof PROJECT_SORTS)[number]
  order?: 'asc' | 'desc'
}

export function projectsSearch(search: Record<string, unknown>): ProjectsSearch {
  return {
    q: textParam(search.q),
    page: pageParam(search.page),
    sort: choiceParam(search.sort, PROJECT_SORTS),
    order: choiceParam(search.order, ['asc', 'desc'] as const),
  }
}

export const PROJECT_TABS = ['components', 'findings', 'violations', 'services', 'dependencies'] as const

/** State of a project's page in the address: the tab and the list in it. */
export interface ProjectSearch {
  tab?: (typeof PROJECT_TABS)[number]
  q?: string
  page?: number
  suppressed?: true
  outdated?: true
  direct?: true
}

export function projectSearch(search: Record<string, unknown>): ProjectSearch {
  return {
    tab: choiceParam(search.tab, PROJECT_TABS),
    q: textParam(search.q),
    page: pageParam(search.page),
    suppressed: flagParam(search.suppressed),
    outdated: flagParam(search.outdated),
    direct: flagParam(search.direct),
  }
}
