import type { SeverityCategory } from '@/graphql/generated/graphql'

/** Severities, worst first. */
export const SEVERITIES = [
  'CRITICAL',
  'HIGH',
  'MEDIUM',
  'LOW',
  'NOTIFICATION',
] as const satisfies SeverityCategory[]

export const SEVERITY_LABEL: Record<SeverityCategory, string> = {
  CRITICAL: 'Critical',
  HIGH: 'High',
  MEDIUM: 'Medium',
  LOW: 'Low',
  NOTIFICATION: 'Notification',
}

/** The severity of the platform for a severity word of the analyzer: what has no score is a notification. */
export function fromAnalyzer(word: string | null | undefined): SeverityCategory {
  return SEVERITIES.find((one) => one === word?.toUpperCase()) ?? 'NOTIFICATION'
}

/** The severity of a CVSS base score, by the qualitative scale of CVSS. */
export function fromScore(score: number): SeverityCategory {
  if (score >= 9) return 'CRITICAL'
  if (score >= 7) return 'HIGH'
  if (score >= 4) return 'MEDIUM'
  return score > 0 ? 'LOW' : 'NOTIFICATION'
}

/** Worst first; for sorting. */
export function bySeverity(a: SeverityCategory, b: SeverityCategory) {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b)
}

export type SeverityCounts = Record<'critical' | 'high' | 'medium' | 'low' | 'notification', number>

export function total(counts: SeverityCounts) {
  return counts.critical + counts.high + counts.medium + counts.low + counts.notification
}
