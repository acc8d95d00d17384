import type {
  BusinessImpactLevel,
  Exploitability,
  IssueStatusLabel,
  IssuesFiltersInput,
  SeverityCategory,
  SlaState,
} from '@/graphql/generated/graphql'
import { splitChoices } from '@/shared/url'
import type { IssuesSearch } from './search'
import { OPEN_STATUSES } from './status'

/** A vulnerability that is more likely to be exploited than not to be, by EPSS. */
export const LIKELY_EPSS = 0.5

const list = <T extends string>(value: string | undefined): T[] | null => {
  const chosen = splitChoices<T>(value, [])
  return chosen.length > 0 ? chosen : null
}

/** The filters of the API for the state of a list. */
export function filtersOf(search: IssuesSearch, assetId?: string): IssuesFiltersInput {
  const day = (text: string | undefined, time: string) => (text ? `${text}T${time}Z` : null)
  const range = search.since || search.until
  return {
    assetIds: assetId ? [assetId] : null,
    statuses: splitChoices<IssueStatusLabel>(search.status, OPEN_STATUSES),
    severities: list<SeverityCategory>(search.severity),
    slaStates: list<SlaState>(search.sla),
    assetTags: search.tag ? [search.tag] : null,
    sources: list(search.source),
    businessImpact: list<BusinessImpactLevel>(search.impact),
    exploitability: list<Exploitability>(search.surface),
    sensitiveData: search.sensitive ?? null,
    knownExploited: search.exploited ?? null,
    epssAtLeast: search.likely ? LIKELY_EPSS : null,
    assignedToMe: search.mine ?? null,
    createdAtRange: range
      ? { startDate: day(search.since, '00:00:00'), endDate: day(search.until, '23:59:59') }
      : null,
    partialTitle: search.q ?? null,
  }
}
