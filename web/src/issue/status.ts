import type { IssueStatusLabel } from '@/graphql/generated/graphql'

export const STATUSES = [
  'DRAFT',
  'CREATED',
  'IDENTIFIED',
  'IN_PROGRESS',
  'AWAITING_VALIDATION',
  'FIX_ACCEPTED',
  'RISK_ACCEPTED',
  'FALSE_POSITIVE',
  'SUPPRESSED',
] as const satisfies IssueStatusLabel[]

/** What a list shows when nothing else is asked for. */
export const OPEN_STATUSES = [
  'CREATED',
  'IDENTIFIED',
  'IN_PROGRESS',
  'AWAITING_VALIDATION',
] as const satisfies IssueStatusLabel[]

export const STATUS_LABEL: Record<IssueStatusLabel, string> = {
  DRAFT: 'Draft',
  CREATED: 'Created',
  IDENTIFIED: 'Identified',
  IN_PROGRESS: 'In progress',
  AWAITING_VALIDATION: 'Awaiting validation',
  FIX_ACCEPTED: 'Fixed',
  RISK_ACCEPTED: 'Risk accepted',
  FALSE_POSITIVE: 'False positive',
  SUPPRESSED: 'Suppressed',
}

/** A choice of statuses for the address: nothing for the default, so that its address stays short. */
export function statusParam(chosen: readonly IssueStatusLabel[]): string | undefined {
  const isDefault =
    chosen.length === OPEN_STATUSES.length && OPEN_STATUSES.every((one) => chosen.includes(one))
  return chosen.length === 0 || isDefault ? undefined : chosen.join(',')
}

/** These two say that a vulnerability will stay: someone must say why. */
export function reasonRequired(status: IssueStatusLabel) {
  return status === 'RISK_ACCEPTED' || status === 'FALSE_POSITIVE'
}

/**
 * The statuses to offer for an issue: what the server permits, in the usual order, without the one it has.
 * "Fixed" of a component found by a scanner is set by the next synchronization only; people set it for issues they made.
 */
export function offeredStatuses(issue: {
  status: IssueStatusLabel
  type: string
  manual?: boolean
  permittedStatus: readonly IssueStatusLabel[]
}): IssueStatusLabel[] {
  return STATUSES.filter(
    (status) =>
      status !== issue.status &&
      issue.permittedStatus.includes(status) &&
      !(status === 'FIX_ACCEPTED' && !issue.manual),
  )
}
