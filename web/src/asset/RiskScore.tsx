import { Text, Tooltip } from '@mantine/core'
import type { SeverityCategory } from '@/graphql/generated/graphql'
import { SeverityBadge } from '@/shared/Severity'

/** Bands of the score: low to 30, medium to 70, high above. */
export function riskBand(value: number): { label: string; severity: SeverityCategory } {
  if (value > 70) return { label: 'High', severity: 'HIGH' }
  if (value > 30) return { label: 'Medium', severity: 'MEDIUM' }
  return { label: 'Low', severity: 'LOW' }
}

export const RISK_SCORE_NEEDS = 'Set business impact, attack surface and data classification to get a score.'

/** The risk score out of 100 with its band in words; N/A until it can be computed. */
export function RiskScore({ value }: { value: number | null | undefined }) {
  if (value === null || value === undefined)
    return (
      <Tooltip label={RISK_SCORE_NEEDS}>
        <Text span inherit c="dimmed" tabIndex={0}>
          N/A
        </Text>
      </Tooltip>
    )
  const { label, severity } = riskBand(value)
  return <SeverityBadge severity={severity} label={`${value.toFixed(value % 1 === 0 ? 0 : 1)} ${label}`} />
}
