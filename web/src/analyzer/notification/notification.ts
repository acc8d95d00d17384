import { sentence } from '@/shared/words'

/** Notifications: what is told, to whom, and how it was delivered. Times are epoch milliseconds. */

export type Scope = 'PORTFOLIO' | 'SYSTEM'
export type Trigger = 'EVENT' | 'SCHEDULE'

export interface Publisher {
  uuid: string
  name: string
  description?: string
  publisherClass?: string
  template?: string
  templateMimeType: string
  /** Of which version of Dependency-Track the payload is; 4 where it does not tell. */
  payloadVersion?: string
  defaultPublisher: boolean
}

export interface Rule {
  uuid: string
  name: string
  enabled: boolean
  scope: Scope
  notificationLevel: string
  triggerType: Trigger
  notifyOn: string[]
  notifyChildren: boolean
  logSuccessfulPublish: boolean
  publisher?: Publisher
  /** JSON of an object. */
  publisherConfig?: string
  /** An expression (CEL): only what it is true for is told. */
  filterExpression?: string
  projects: { uuid: string; name: string; version?: string }[]
  tags: { name: string }[]
  teams: { uuid: string; name: string }[]
  scheduleCron?: string
  scheduleSkipUnchanged?: boolean
  scheduleLastTriggeredAt?: number
  scheduleNextTriggerAt?: number
}

export const DELIVERY_STATES = ['FAILED', 'PENDING', 'SUCCEEDED'] as const

export interface Delivery {
  uuid: string
  rule?: { uuid: string; name: string }
  publisher?: { uuid: string; name: string }
  group?: string
  /** Only for those who may see all projects. */
  title?: string
  state: (typeof DELIVERY_STATES)[number]
  attempts: number
  error?: string
  createdAt: number
  endedAt?: number
  nextAttemptAt?: number
}

export const LEVELS = [
  { value: 'INFORMATIONAL', label: 'Everything' },
  { value: 'WARNING', label: 'Warnings and errors' },
  { value: 'ERROR', label: 'Errors only' },
]

export const levelLabel = (level: string) =>
  LEVELS.find((one) => one.value === level)?.label ?? sentence(level)

export const SCOPES = [
  { value: 'PORTFOLIO', label: 'Projects' },
  { value: 'SYSTEM', label: 'This server' },
]

/** The kinds of notifications, by scope and by what brings them about. */
const GROUPS: Record<Trigger, Record<Scope, string[]>> = {
  EVENT: {
    PORTFOLIO: [
      'NEW_VULNERABILITY',
      'NEW_VULNERABLE_DEPENDENCY',
      'VULNERABILITY_RETRACTED',
      'POLICY_VIOLATION',
      'PROJECT_AUDIT_CHANGE',
      'PROJECT_CREATED',
      'BOM_CONSUMED',
      'BOM_PROCESSED',
      'BOM_PROCESSING_FAILED',
      'BOM_VALIDATION_FAILED',
      'VEX_CONSUMED',
      'VEX_PROCESSED',
    ],
    SYSTEM: [
      'DATASOURCE_MIRRORING',
      'REPOSITORY',
      'ANALYZER',
      'INTEGRATION',
      'CONFIGURATION',
      'FILE_SYSTEM',
      'INDEXING_SERVICE',
      'USER_CREATED',
      'USER_DELETED',
    ],
  },
  SCHEDULE: { PORTFOLIO: ['NEW_VULNERABILITIES_SUMMARY', 'NEW_POLICY_VIOLATIONS_SUMMARY'], SYSTEM: [] },
}

const GROUP_LABELS: Record<string, string> = {
  NEW_VULNERABILITY: 'A vulnerability is found',
  NEW_VULNERABLE_DEPENDENCY: 'A component with vulnerabilities is added',
  VULNERABILITY_RETRACTED: 'A vulnerability is taken back',
  POLICY_VIOLATION: 'A policy is violated',
  PROJECT_AUDIT_CHANGE: 'A finding or violation is decided about',
  PROJECT_CREATED: 'A project is created',
  BOM_CONSUMED: 'An SBOM has come in',
  BOM_PROCESSED: 'An SBOM was processed',
  BOM_PROCESSING_FAILED: 'An SBOM could not be processed',
  BOM_VALIDATION_FAILED: 'An SBOM is not valid',
  VEX_CONSUMED: 'A VEX document has come in',
  VEX_PROCESSED: 'A VEX document was processed',
  DATASOURCE_MIRRORING: 'A vulnerability source is mirrored',
  REPOSITORY: 'A repository cannot be asked',
  ANALYZER: 'An analyzer cannot be asked',
  INTEGRATION: 'An integration fails',
  CONFIGURATION: 'A setting is wrong',
  FILE_SYSTEM: 'A file cannot be read or written',
  INDEXING_SERVICE: 'The search index',
  USER_CREATED: 'A user is created',
  USER_DELETED: 'A user is deleted',
  NEW_VULNERABILITIES_SUMMARY: 'Vulnerabilities found since the last time',
  NEW_POLICY_VIOLATIONS_SUMMARY: 'Policies violated since the last time',
}

export const groupLabel = (group: string) => GROUP_LABELS[group] ?? sentence(group)

/** The groups that a rule can have; one that it has already is never left out. */
export function groupsOf(rule: Pick<Rule, 'scope' | 'triggerType' | 'notifyOn'>): string[] {
  const known = GROUPS[rule.triggerType]?.[rule.scope] ?? []
  return [...known, ...rule.notifyOn.filter((group) => !known.includes(group))]
}
