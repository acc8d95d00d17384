import { SEVERITIES } from '@/shared/severity'
import { choicesParam, dayParam, flagParam, pageParam, textParam } from '@/shared/url'
import { SLA_STATES } from './sla'
import { STATUSES } from './status'

/** State of an issue list in the address; `issue` is the one opened beside it. */
export interface IssuesSearch {
  q?: string
  page?: number
  status?: string
  severity?: string
  sla?: string
  tag?: string
  source?: string
  impact?: string
  surface?: string
  sensitive?: true
  exploited?: true
  likely?: true
  mine?: true
  since?: string
  until?: string
  issue?: string
}

export function issuesSearch(search: Record<string, unknown>): IssuesSearch {
  return {
    q: textParam(search.q),
    page: pageParam(search.page),
    status: choicesParam(search.status ?? search.statuses, STATUSES),
    severity: choicesParam(search.severity, SEVERITIES),
    sla: choicesParam(search.sla, SLA_STATES),
    tag: textParam(search.tag),
    source: choicesParam(search.source, ['dependency_track', 'manual'] as const),
    impact: choicesParam(search.impact, ['HIGH', 'MEDIUM', 'LOW'] as const),
    surface: choicesParam(search.surface, ['INTERNET_FACING', 'INTERNAL'] as const),
    sensitive: flagParam(search.sensitive),
    exploited: flagParam(search.exploited),
    likely: flagParam(search.likely),
    mine: flagParam(search.mine),
    since: dayParam(search.since),
    until: dayParam(search.until),
    issue: textParam(search.issue),
  }
}
