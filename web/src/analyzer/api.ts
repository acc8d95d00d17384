import type { LdapMapping, OidcMapping } from './access/group'

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
  policyViolationsFail?: number
  policyViolationsWarn?: number
  policyViolationsInfo?: number
  policyViolationsTotal?: number
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
  /** What repositories say of the package. */
  repositoryMeta?: { latestVersion?: string; published?: number; lastCheck?: number }
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
    epssPercentile?: number
    knownExploited?: boolean
    cwes?: { cweId: number; name: string }[]
    aliases: Record<string, string>[]
    references?: string
    published?: number
  }
  analysis: { state?: string; isSuppressed: boolean }
  attribution: {
    analyzerIdentity?: string
    attributedOn?: number
    referenceUrl?: string
    /** The range of versions that the component is in, in words. */
    range?: string
    /** By which order of versions it is. */
    versionOrder?: string
    fixedVersion?: string
    /** All of them, where there are several. */
    analyzers?: string[]
  }
  matrix: string
}

/** One record that says that a component is affected, and why. */
export interface Evidence {
  analyzerIdentity?: string
  source: string
  vulnId: string
  /** Which mirrored source brought the record. */
  origin?: string
  package?: string
  range?: string
  versionOrder?: string
  fixedVersion?: string
  alternateIdentifier?: string
  referenceUrl?: string
  attributedOn?: number
}

/** What a vulnerability affects: a package URL or CPE, with a version or its bounds. */
export interface AffectedComponent {
  identityType: 'PURL' | 'CPE'
  identity: string
  versionType: 'EXACT' | 'RANGE'
  version?: string
  versionStartIncluding?: string
  versionStartExcluding?: string
  versionEndIncluding?: string
  versionEndExcluding?: string
  affectedVersionAttributions?: { source: string }[]
}

export interface Vulnerability {
  uuid: string
  source: string
  vulnId: string
  title?: string
  subTitle?: string
  description?: string
  detail?: string
  recommendation?: string
  /** A list in Markdown. */
  references?: string
  credits?: string
  severity: string
  /** Which rating the severity was chosen by, in words. */
  severityRule?: string
  cvssV2BaseScore?: number
  cvssV2Vector?: string
  cvssV3BaseScore?: number
  cvssV3Vector?: string
  cvssV4Score?: number
  cvssV4Vector?: string
  owaspRRVector?: string
  owaspRRLikelihoodScore?: number
  owaspRRTechnicalImpactScore?: number
  owaspRRBusinessImpactScore?: number
  epssScore?: number
  epssPercentile?: number
  knownExploited?: boolean
  cwes?: { cweId: number; name: string }[]
  aliases?: Record<string, string>[]
  published?: string
  updated?: string
  affectedComponents?: AffectedComponent[]
  affectedProjectCount?: number
}

export interface AffectedProject {
  uuid: string
  name: string
  version?: string
  active: boolean
  affectedComponentUuids?: string[]
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
  mappedLdapGroups?: LdapMapping[]
  mappedOidcGroups?: OidcMapping[]
  permissions?: { name: string; description?: string }[]
}
