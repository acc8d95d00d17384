import { SEVERITIES } from '@/shared/severity'
import { choicesParam, pageParam, textParam } from '@/shared/url'
import { STATUSES } from './status'

/** State of an issue list in the address; `issue` is the one opened beside it. */
export interface IssuesSearch {
  q?: string
  page?: number
  status?: string
  severity?: string
  issue?: string
}

export function issuesSearch(search: Record<string, unknown>): IssuesSearch {
  return {
    q: textParam(search.q),
    page: pageParam(search.page),
    status: choicesParam(search.status, STATUSES),
    severity: choicesParam(search.severity, SEVERITIES),
    issue: textParam(search.issue),
  }
}
