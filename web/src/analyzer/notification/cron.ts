/** Schedules as five fields: minute, hour, day of the month, month, day of the week. */

export const SCHEDULES = [
  { value: '0 * * * *', label: 'Every hour' },
  { value: '0 8 * * *', label: 'Every day at 8:00' },
  { value: '0 8 * * 1-5', label: 'On weekdays at 8:00' },
  { value: '0 8 * * 1', label: 'On Mondays at 8:00' },
  { value: '0 8 1 * *', label: 'On the first of each month at 8:00' },
]

const FIELDS: { name: string; min: number; max: number; words?: string[] }[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    words: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  { name: 'day of the week', min: 0, max: 7, words: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] },
]

/** Why a text is no schedule; nothing when it is one. */
export function cronProblem(text: string): string | undefined {
  const parts = text.trim().split(/\s+/)
  if (parts.length !== 5)
    return 'Five fields are needed: minute, hour, day of the month, month, day of the week'
  const index = parts.findIndex((part, at) => !isField(part, at))
  const field = FIELDS[index]
  return field && `“${parts[index]}” is no ${field.name} (${field.min} to ${field.max}, or *)`
}

function isField(part: string, index: number): boolean {
  const field = FIELDS[index]
  if (!field) return false
  const number = (text: string | undefined) => {
    const word = field.words?.indexOf(text?.toUpperCase() ?? '') ?? -1
    if (word >= 0) return word + field.min
    const value = /^\d{1,2}$/.test(text ?? '') ? Number(text) : Number.NaN
    return value >= field.min && value <= field.max ? value : undefined
  }
  return part.split(',').every((one) => {
    const [range, step, ...more] = one.split('/')
    if (more.length > 0 || (step !== undefined && !/^[1-9]\d?$/.test(step))) return false
    if (range === '*') return true
    const [from, to, ...rest] = (range ?? '').split('-')
    const start = number(from)
    if (start === undefined || rest.length > 0) return false
    if (to === undefined) return true
    const end = number(to)
    return end !== undefined && start <= end
  })
}

/** `0 8 * * 1` → `On Mondays at 8:00`; others as they are. */
export function cronWords(text: string): string {
  return SCHEDULES.find((one) => one.value === text.trim().replace(/\s+/g, ' '))?.label ?? text
}
