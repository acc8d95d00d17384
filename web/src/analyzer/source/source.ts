import { plural } from '@/shared/words'

/** Sources of vulnerability data and their runs, as the server tells of them. Times are epoch milliseconds. */

export type RunStatus = 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED'

/** What a run did with the records that it read. */
export interface Report {
  read: number
  new: number
  changed: number
  unchanged: number
  withdrawn: number
  /** Records that could not be read, as `name: reason`; a hundred at most. */
  failed: string[]
  /** How many could not be read. */
  failures: number
  /** How many package versions were analysed anew. */
  analysed: number
}

export interface Run {
  status: RunStatus
  cause: 'SCHEDULE' | 'MANUAL'
  created_at: number
  started_at?: number
  completed_at?: number
  failure_reason?: string
  report?: Report
  /** What it is doing, and how far it is; only while it is under way. */
  phase?: string
  done?: number
  total?: number
}

export interface Source {
  name: 'osv' | 'nvd' | 'github' | 'epss' | 'kev' | 'cwe'
  title: string
  enabled: boolean
  base_url: string
  cadence_hours: number
  next_run_at?: number
  latest_run?: Run
}

export interface List<T> {
  items: T[]
}

export function isActive(run: Run | undefined): boolean {
  return run?.status === 'PENDING' || run?.status === 'RUNNING'
}

/** `24` → `Every 24 hours`, `168` → `Every 7 days`. */
export function everyWords(hours: number): string {
  if (hours === 1) return 'Every hour'
  if (hours >= 48 && hours % 24 === 0) return `Every ${hours / 24} days`
  return `Every ${hours} hours`
}

const UNITS = ['bytes', 'KB', 'MB', 'GB']

function bytes(count: number): string {
  const step = count < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3))
  return `${(count / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${UNITS[step]}`
}

/** What an active run is doing and how far it is: `npm, 1,200 of 4,000` or `downloading npm, 1.2 MB of 4.0 MB`. */
export function progressWords(run: Run): string {
  if (run.status === 'PENDING') return 'Waiting to start'
  if (!run.phase) return 'Starting'
  if (!run.done && !run.total) return run.phase
  const say = /^downloading/.test(run.phase) ? bytes : (count: number) => count.toLocaleString('en')
  const done = say(run.done ?? 0)
  return run.total ? `${run.phase}, ${done} of ${say(run.total)}` : `${run.phase}, ${done}`
}

/** Progress in whole percent; nothing when nobody knows how much there is. */
export function percent(run: Run): number | undefined {
  if (!run.total) return undefined
  return Math.max(0, Math.min(100, Math.round(((run.done ?? 0) / run.total) * 100)))
}

const COUNTS = [
  ['new', 'new'],
  ['changed', 'changed'],
  ['unchanged', 'unchanged'],
  ['withdrawn', 'withdrawn'],
] as const

/** `1,200 read: 3 new, 1,197 unchanged`; what is zero is left out. */
export function reportWords({ report, status }: Run): string {
  if (!report) return ''
  const parts = COUNTS.filter(([key]) => report[key] > 0).map(
    ([key, word]) => `${report[key].toLocaleString('en')} ${word}`,
  )
  if (report.analysed > 0) parts.push(`${plural(report.analysed, 'package version')} analysed anew`)
  if (report.read === 0 && parts.length === 0) return status === 'COMPLETED' ? 'Nothing had changed' : ''
  const read = `${report.read.toLocaleString('en')} read`
  return parts.length > 0 ? `${read}: ${parts.join(', ')}` : read
}
