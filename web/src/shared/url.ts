/** Readers of list state from the address: whatever stands there, a page gets something it can use. */

/** A text, trimmed; nothing when empty. The router reads `q=123` as a number: text again here. */
export function textParam(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  return String(value).trim() || undefined
}

/** A page number from 1; nothing for the first page, so that its address stays short. */
export function pageParam(value: unknown): number | undefined {
  const page = Number(value)
  return Number.isInteger(page) && page > 1 ? page : undefined
}

/** One of the allowed words. */
export function choiceParam<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((one) => one === value)
}

/** Several of the allowed words, written `A,B`; nothing when none is left. Always in the order of `allowed`. */
export function choicesParam<T extends string>(value: unknown, allowed: readonly T[]): string | undefined {
  if (typeof value !== 'string') return undefined
  const words = value.split(',')
  return allowed.filter((one) => words.includes(one)).join(',') || undefined
}

export function splitChoices<T extends string>(value: string | undefined, fallback: readonly T[]): T[] {
  return value ? (value.split(',') as T[]) : [...fallback]
}

export function flagParam(value: unknown): true | undefined {
  return value === true || value === 'true' ? true : undefined
}

/** A day, as `2026-03-01`. */
export function dayParam(value: unknown): string | undefined {
  const text = textParam(value)
  return text && /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : undefined
}
