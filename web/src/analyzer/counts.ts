import type { SeverityCounts } from '@/shared/severity'
import type { Metrics } from './api'

/** Metrics as counts by severity; what has no severity is counted in the last place. */
export function counts(metrics: Metrics | undefined): SeverityCounts {
  return {
    critical: metrics?.critical ?? 0,
    high: metrics?.high ?? 0,
    medium: metrics?.medium ?? 0,
    low: metrics?.low ?? 0,
    notification: metrics?.unassigned ?? 0,
  }
}
