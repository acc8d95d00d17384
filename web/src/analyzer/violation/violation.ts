import type { Condition, ViolationState, ViolationType } from '../policy/policy'

/** One condition of a policy that a component meets. Times are epoch milliseconds. */
export interface Violation {
  uuid: string
  type: ViolationType
  timestamp: number
  project: { uuid: string; name: string; version?: string }
  component: {
    uuid: string
    name: string
    group?: string
    version?: string
    purl?: string
    license?: string
    licenseExpression?: string
    resolvedLicense?: { licenseId: string }
  }
  policyCondition: Condition & { policy: { uuid: string; name: string; violationState: ViolationState } }
  analysis?: { analysisState?: string; isSuppressed: boolean }
}

export const DECISIONS = ['NOT_SET', 'APPROVED', 'REJECTED'] as const
export type Decision = (typeof DECISIONS)[number]

export const DECISION_LABEL: Record<Decision, string> = {
  NOT_SET: 'Not set',
  APPROVED: 'Approved',
  REJECTED: 'Rejected',
}

export function decisionOf(violation: Violation): Decision {
  return DECISIONS.find((one) => one === violation.analysis?.analysisState) ?? 'NOT_SET'
}

export interface ViolationAnalysis {
  analysisState: Decision
  analysisComments?: { timestamp: number; comment: string; commenter?: string }[]
  isSuppressed: boolean
}
