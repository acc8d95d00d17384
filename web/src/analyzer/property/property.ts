import { addressProblem } from '@/shared/address'

/** Config properties: how the analyzer is set up, by the names that scripts for Dependency-Track know. */

export interface Property {
  groupName: string
  propertyName: string
  propertyValue?: string
  propertyType: string
  description?: string
}

/** A property as a person sets it. Values are texts, as they are on the wire. */
export interface Field {
  group: string
  name: string
  label: string
  description?: string
  /** `list` is several names, separated by semicolons. A secret is never read, only replaced. */
  kind: 'switch' | 'text' | 'address' | 'number' | 'hours' | 'secret' | 'choice' | 'list'
  choices?: string[]
}

export type Values = Record<string, string>

/** Written in place of a secret that is to be removed. */
export const REMOVE = '\u0000'

export interface Change {
  groupName: string
  propertyName: string
  propertyValue: string
}

export const splitList = (value: string | undefined) =>
  (value ?? '')
    .split(';')
    .map((name) => name.trim())
    .filter(Boolean)

/** What the fields hold now. Secrets start empty: what is stored is not told. */
export function valuesOf(fields: readonly Field[], stored: readonly Property[]): Values {
  return Object.fromEntries(
    fields.map((field) => {
      const value = stored.find((one) => one.groupName === field.group && one.propertyName === field.name)
      return [field.name, field.kind === 'secret' ? '' : (value?.propertyValue ?? '')]
    }),
  )
}

/** What has to be written for the fields to hold these values: nothing for those that hold them already. */
export function changesOf(fields: readonly Field[], before: Values, now: Values): Change[] {
  return fields.flatMap((field) => {
    const value = tidy(field, now[field.name] ?? '')
    if (value === tidy(field, before[field.name] ?? '')) return []
    const propertyValue = value === REMOVE ? '' : value
    return [{ groupName: field.group, propertyName: field.name, propertyValue }]
  })
}

function tidy(field: Field, value: string): string {
  if (field.kind === 'switch') return String(value.trim().toLowerCase() === 'true')
  if (field.kind === 'list') return [...new Set(splitList(value))].join(';')
  return value.trim()
}

/** Why a value cannot be meant, in words; nothing when it can. */
export function problemOf(field: Field, value: string): string | undefined {
  const text = value.trim()
  if (field.kind === 'hours' && !/^[1-9]\d{0,4}$/.test(text)) return 'Enter a whole number of hours from 1'
  if (field.kind === 'number' && !/^\d{0,9}$/.test(text)) return 'Enter a whole number'
  return field.kind === 'address' ? addressProblem(text) : undefined
}
