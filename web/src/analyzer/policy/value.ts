import { sentence } from '@/shared/words'
import { cweNumbers } from '../vulnerability/draft'
import { type Condition, type Editor, operatorLabel, SUBJECTS, subjectLabel } from './policy'

/** The value of a condition, as the fields in which it is entered. */
export type Fields = Record<string, string>

/** Stands for a licence that is not known. */
export const UNRESOLVED = 'unresolved'

export const HASHES = [
  'MD5',
  'SHA-1',
  'SHA-256',
  'SHA-384',
  'SHA-512',
  'SHA3-256',
  'SHA3-384',
  'SHA3-512',
  'BLAKE2b-256',
  'BLAKE2b-384',
  'BLAKE2b-512',
  'BLAKE3',
  'Streebog-256',
  'Streebog-512',
]

const PARTS = {
  coordinates: ['group', 'name', 'version'],
  hash: ['algorithm', 'value'],
  distance: ['epoch', 'major', 'minor', 'patch'],
} as const

const isParted = (editor: Editor): editor is keyof typeof PARTS => editor in PARTS

/** What a new condition starts with. */
function startOf(editor: Editor): Fields {
  switch (editor) {
    case 'severity':
      return { value: 'CRITICAL' }
    case 'flag':
      return { value: 'true' }
    case 'period':
      return { years: '', months: '', days: '' }
    case 'hash':
      return { algorithm: 'SHA-256', value: '' }
    case 'distance':
      return { epoch: '0', major: '1', minor: '?', patch: '?' }
    case 'coordinates':
      return { group: '', name: '', version: '' }
    default:
      return { value: '' }
  }
}

/** The fields for a value that is stored; a value that cannot be read starts anew. */
export function fieldsOf(editor: Editor, value: string | undefined): Fields {
  const start = startOf(editor)
  if (value === undefined) return start
  if (editor === 'period') return periodFields(value) ?? start
  if (!isParted(editor)) return { value }
  const json = objectOf(value)
  if (!json) return start
  return Object.fromEntries(
    PARTS[editor].map((part) => [part, typeof json[part] === 'string' ? json[part] : (start[part] ?? '')]),
  )
}

function objectOf(value: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(value)
    return json && typeof json === 'object' && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function periodFields(value: string): Fields | undefined {
  const found = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$/i.exec(value.trim())
  if (!found || value.trim().length < 3) return undefined
  const [, years = '', months = '', weeks, days = ''] = found
  const allDays = weeks ? String(Number(weeks) * 7 + Number(days || 0)) : days
  return { years, months, days: allDays }
}

/** The value that the fields mean. */
export function valueText(editor: Editor, fields: Fields): string {
  const text = (name: string) => (fields[name] ?? '').trim()
  if (editor === 'period') {
    const part = (name: string, letter: string) =>
      Number(text(name)) > 0 ? `${Number(text(name))}${letter}` : ''
    return `P${part('years', 'Y')}${part('months', 'M')}${part('days', 'D')}`
  }
  if (editor === 'cwe')
    return text('value') === '*'
      ? '*'
      : (cweNumbers(text('value')) ?? []).map((number) => `CWE-${number}`).join(', ')
  if (!isParted(editor)) return text('value')
  const parts = PARTS[editor].map((part) => [part, text(part)] as const)
  // A part of coordinates that is left out goes with anything, even where a component lacks it.
  const filled = parts.filter(([, value]) => editor !== 'coordinates' || value !== '')
  return JSON.stringify(Object.fromEntries(filled))
}

/** Why the fields mean nothing yet; nothing when they do. */
export function fieldsProblem(editor: Editor, fields: Fields): string | undefined {
  const text = (name: string) => (fields[name] ?? '').trim()
  switch (editor) {
    case 'period':
      if (![text('years'), text('months'), text('days')].every((part) => /^\d{0,4}$/.test(part)))
        return 'Enter whole numbers'
      return valueText(editor, fields) === 'P' ? 'Enter years, months or days' : undefined
    case 'cwe':
      if (text('value') === '*') return undefined
      return cweNumbers(text('value'))?.length
        ? undefined
        : 'Enter numbers, separated by commas: 79, 89; or *'
    case 'score': {
      const score = text('value') === '' ? Number.NaN : Number(text('value'))
      return score >= 0 && score <= 1 ? undefined : 'Enter a number from 0 to 1'
    }
    case 'coordinates':
      return [text('group'), text('name'), text('version')].some(Boolean)
        ? undefined
        : 'Enter a group, a name or a version'
    case 'hash':
      return /^[0-9a-f]{32,128}$/i.test(text('value')) ? undefined : 'Enter the hash in hexadecimal digits'
    case 'distance':
      return ['epoch', 'major', 'minor', 'patch'].every((part) => /^(\d{1,6}|\?)$/.test(text(part)))
        ? undefined
        : 'Enter whole numbers, or ? for any'
    case 'license':
    case 'licenseGroup':
      return text('value') ? undefined : 'Choose one'
    default:
      return text('value') ? undefined : 'Enter a value'
  }
}

/** `P1Y6M` → `1 year 6 months` */
function periodWords(value: string): string {
  const fields = periodFields(value)
  if (!fields) return value
  const words = Object.entries(fields)
    .filter(([, count]) => Number(count) > 0)
    .map(([unit, count]) => `${Number(count)} ${Number(count) === 1 ? unit.slice(0, -1) : unit}`)
  return words.join(' ') || value
}

/** Names of licences and groups by uuid. */
export type Names = ReadonlyMap<string, string>

/** The value of a condition as people read it. */
export function valueWords({ subject, value }: Pick<Condition, 'subject' | 'value'>, names?: Names): string {
  const editor = SUBJECTS[subject]?.editor
  switch (editor) {
    case 'severity':
      return sentence(value).toLowerCase()
    case 'flag':
      return value.toLowerCase() === 'true' ? 'true' : 'false'
    case 'license':
    case 'licenseGroup':
      // Names are read after the conditions: until then, and where one is gone, there is none.
      return value === UNRESOLVED ? 'not known' : (names?.get(value) ?? '…')
    case 'period':
      return periodWords(value)
    case 'coordinates':
    case 'distance':
    case 'hash': {
      const json = objectOf(value)
      if (!json) return value
      return Object.entries(json)
        .filter(
          ([part, text]) => !(editor === 'distance' && (text === '?' || (part === 'epoch' && text === '0'))),
        )
        .map(([part, text]) => `${part} ${text}`)
        .join(', ')
    }
    default:
      return value
  }
}

/** A condition in a sentence: `Severity is critical`. */
export function conditionWords(condition: Omit<Condition, 'uuid'>, names?: Names): string {
  return `${subjectLabel(condition.subject)} ${operatorLabel(condition.operator)} ${valueWords(condition, names)}`
}
