import { sentence } from '@/shared/words'

/** Policies: conditions on components, the projects they hold for, and how bad a violation is. */

export const STATES = ['FAIL', 'WARN', 'INFO'] as const
export type ViolationState = (typeof STATES)[number]

export const STATE_LABEL: Record<ViolationState, string> = {
  FAIL: 'Fail',
  WARN: 'Warn',
  INFO: 'Inform',
}

export const TYPES = ['SECURITY', 'LICENSE', 'OPERATIONAL'] as const
export type ViolationType = (typeof TYPES)[number]

export const TYPE_LABEL: Record<ViolationType, string> = {
  SECURITY: 'Security',
  LICENSE: 'Licence',
  OPERATIONAL: 'Operational',
}

export interface Condition {
  uuid: string
  subject: string
  operator: string
  value: string
  /** Of an expression: what kind of violation it brings. Other subjects decide it themselves. */
  violationType?: ViolationType
}

export interface Policy {
  uuid: string
  name: string
  /** Whether one condition is enough for a violation, or all have to be met. */
  operator: 'ANY' | 'ALL'
  violationState: ViolationState
  policyConditions?: Condition[]
  projects?: { uuid: string; name: string; version?: string }[]
  tags?: { name: string }[]
  includeChildren: boolean
  onlyLatestProjectVersion: boolean
}

const NUMERIC = [
  'NUMERIC_GREATER_THAN',
  'NUMERIC_GREATER_THAN_OR_EQUAL',
  'NUMERIC_LESS_THAN',
  'NUMERIC_LESSER_THAN_OR_EQUAL',
  'NUMERIC_EQUAL',
  'NUMERIC_NOT_EQUAL',
]

const OPERATOR_LABEL: Record<string, string> = {
  IS: 'is',
  IS_NOT: 'is not',
  MATCHES: 'matches',
  NO_MATCH: 'does not match',
  CONTAINS_ANY: 'has any of',
  CONTAINS_ALL: 'has all of',
  NUMERIC_GREATER_THAN: 'is greater than',
  NUMERIC_GREATER_THAN_OR_EQUAL: 'is at least',
  NUMERIC_LESS_THAN: 'is less than',
  NUMERIC_LESSER_THAN_OR_EQUAL: 'is at most',
  NUMERIC_EQUAL: 'is exactly',
  NUMERIC_NOT_EQUAL: 'is anything but',
}

export const operatorLabel = (operator: string) =>
  OPERATOR_LABEL[operator] ?? sentence(operator).toLowerCase()

/** How the value of a subject is entered. */
export type Editor =
  | 'severity'
  | 'cwe'
  | 'id'
  | 'score'
  | 'license'
  | 'licenseGroup'
  | 'period'
  | 'coordinates'
  | 'pattern'
  | 'hash'
  | 'version'
  | 'distance'
  | 'flag'
  | 'expression'

interface Subject {
  label: string
  type: ViolationType
  operators: string[]
  editor: Editor
}

const pattern = (label: string): Subject => ({
  label,
  type: 'OPERATIONAL',
  operators: ['MATCHES', 'NO_MATCH'],
  editor: 'pattern',
})

/** What conditions can be about. */
export const SUBJECTS: Record<string, Subject> = {
  SEVERITY: { label: 'Severity', type: 'SECURITY', operators: ['IS', 'IS_NOT'], editor: 'severity' },
  EPSS: { label: 'EPSS score', type: 'SECURITY', operators: NUMERIC, editor: 'score' },
  CWE: {
    label: 'Weakness (CWE)',
    type: 'SECURITY',
    operators: ['CONTAINS_ANY', 'CONTAINS_ALL'],
    editor: 'cwe',
  },
  VULNERABILITY_ID: {
    label: 'Vulnerability',
    type: 'SECURITY',
    operators: ['IS', 'IS_NOT'],
    editor: 'id',
  },
  LICENSE_GROUP: {
    label: 'Licence group',
    type: 'LICENSE',
    operators: ['IS', 'IS_NOT'],
    editor: 'licenseGroup',
  },
  LICENSE: { label: 'Licence', type: 'LICENSE', operators: ['IS', 'IS_NOT'], editor: 'license' },
  AGE: { label: 'Age of the latest version', type: 'OPERATIONAL', operators: NUMERIC, editor: 'period' },
  VERSION_DISTANCE: {
    label: 'Distance to the latest version',
    type: 'OPERATIONAL',
    operators: NUMERIC,
    editor: 'distance',
  },
  VERSION: { label: 'Version', type: 'OPERATIONAL', operators: NUMERIC, editor: 'version' },
  COORDINATES: {
    label: 'Component',
    type: 'OPERATIONAL',
    operators: ['MATCHES', 'NO_MATCH'],
    editor: 'coordinates',
  },
  PACKAGE_URL: pattern('Package URL'),
  CPE: pattern('CPE'),
  SWID_TAGID: pattern('SWID tag ID'),
  COMPONENT_HASH: { label: 'Hash', type: 'OPERATIONAL', operators: ['IS', 'IS_NOT'], editor: 'hash' },
  EXPRESSION: {
    label: 'Expression',
    type: 'OPERATIONAL',
    operators: ['MATCHES', 'NO_MATCH'],
    editor: 'expression',
  },
  IS_INTERNAL: { label: 'Internal', type: 'OPERATIONAL', operators: ['IS', 'IS_NOT'], editor: 'flag' },
}

/** What kind of violation a condition brings. */
export function typeOf({ subject, violationType }: Condition): ViolationType | undefined {
  return violationType ?? SUBJECTS[subject]?.type
}

export const subjectLabel = (subject: string) => SUBJECTS[subject]?.label ?? sentence(subject)

/** Subjects as choices, by what kind of violation they bring. */
export const SUBJECT_CHOICES = TYPES.map((type) => ({
  group: TYPE_LABEL[type],
  items: Object.entries(SUBJECTS)
    .filter(([, subject]) => subject.type === type)
    .map(([value, { label }]) => ({ value, label })),
}))
