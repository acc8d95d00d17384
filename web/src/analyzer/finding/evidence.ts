import type { Evidence } from '../api'
import { analyzerLabel, sourceLabel } from '../vulnerability/names'

/** Who says it: the record with the source that brought it, or the analyzer that was asked. */
export function evidenceSource(evidence: Evidence): string {
  if (evidence.origin) return sourceLabel(evidence.origin)
  const analyzer = evidence.analyzerIdentity
  return analyzer && analyzer !== 'INTERNAL_ANALYZER' ? analyzerLabel(analyzer) : sourceLabel(evidence.source)
}

/** A record and its range in a sentence, behind the id: `says PyPI requests >= 0, < 2.20.0; order PEP 440; fixed in 2.20.0`. */
export function evidenceWords(evidence: Evidence): string {
  const { package: name, range, versionOrder, fixedVersion, alternateIdentifier } = evidence
  const what = [name, range].filter(Boolean).join(' ')
  return [
    what ? `says ${what}` : 'says so',
    versionOrder && `order ${versionOrder}`,
    fixedVersion ? `fixed in ${fixedVersion}` : 'no fixed version is told',
    alternateIdentifier && `there called ${alternateIdentifier}`,
  ]
    .filter(Boolean)
    .join('; ')
}
