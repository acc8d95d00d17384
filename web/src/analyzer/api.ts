/** The parts of the analyzer's REST API that are read here; times are epoch milliseconds. */

export interface Metrics {
  critical: number
  high: number
  medium: number
  low: number
  unassigned: number
  vulnerabilities: number
  components?: number
  vulnerableComponents?: number
  suppressed: number
  findingsTotal: number
  findingsAudited: number
  inheritedRiskScore: number
}

export interface Project {
  uuid: string
  name: string
  version?: string
  group?: string
  description?: string
  classifier?: string
  purl?: string
  active: boolean
  isLatest: boolean
  tags?: { name: string }[]
  lastBomImport?: number
  lastBomImportFormat?: string
  lastInheritedRiskScore?: number
  metrics?: Metrics
  versions?: { uuid: string; version?: string; active: boolean }[]
}

export interface Component {
  uuid: string
  name: string
  group?: string
  version?: string
  purl?: string
  scope?: string
  license?: string
  licenseExpression?: string
  resolvedLicense?: { licenseId: string; name: string }
  lastInheritedRiskScore?: number
  metrics?: Metrics
}

export interface Finding {
  component: { uuid: string; name: string; group?: string; version?: string; purl?: string; project: string }
  vulnerability: {
    uuid: string
    source: string
    vulnId: string
    title?: string
    description?: string
    recommendation?: string
    severity: string
    severityRank: number
    cvssV3BaseScore?: number
    cvssV3Vector?: string
    cvssV4Score?: number
    cvssV4Vector?: string
    cvssV2BaseScore?: number
    epssScore?: number
    cwes?: { cweId: number; name: string }[]
    aliases: Record<string, string>[]
    references?: string
    published?: number
  }
  analysis: { state?: string; isSuppressed: boolean }
  attribution: { analyzerIdentity?: string; attributedOn?: number; referenceUrl?: string }
  matrix: string
}

export const ANALYSIS_STATES = [
  'NOT_SET',
  'EXPLOITABLE',
  'IN_TRIAGE',
  'RESOLVED',
  'FALSE_POSITIVE',
  'NOT_AFFECTED',
] as const

export const JUSTIFICATIONS = [
  'NOT_SET',
  'CODE_NOT_PRESENT',
  'CODE_NOT_REACHABLE',
  'REQUIRES_CONFIGURATION',
  'REQUIRES_DEPENDENCY',
  'REQUIRES_ENVIRONMENT',
  'PROTECTED_BY_COMPILER',
  'PROTECTED_AT_RUNTIME',
  'PROTECTED_AT_PERIMETER',
  'PROTECTED_BY_MITIGATING_CONTROL',
] as const

export const RESPONSES = [
  'NOT_SET',
  'CAN_NOT_FIX',
  'WILL_NOT_FIX',
  'UPDATE',
  'ROLLBACK',
  'WORKAROUND_AVAILABLE',
] as const

export interface Analysis {
  analysisState: string
  analysisJustification: string
  analysisResponse: string
  analysisDetails?: string
  analysisComments?: { timestamp: number; comment: string; commenter?: string }[]
  isSuppressed: boolean
}

export interface ApiKey {
  publicId: string
  maskedKey: string
  /** The whole key: only in the answer that creates it. */
  key?: string
  comment?: string
  created?: number
  lastUsed?: number
  legacy: boolean
}

export interface Team {
  uuid: string
  name: string
  apiKeys?: ApiKey[]
  managedUsers?: { username: string; email?: string }[]
  ldapUsers?: { username: string }[]
  oidcUsers?: { username: string }[]
  permissions?: { name: string; description?: string }[]
}
