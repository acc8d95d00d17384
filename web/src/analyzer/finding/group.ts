import type { Finding } from '../api'
import { byName, type Name, namesOf } from '../vulnerability/names'

/** One flaw in one component, however many records tell of it. */
export interface FlawFinding {
  /** What the flaw is called: its CVE where it has one. A record with this name need not be among the findings. */
  name: Name
  /** The finding of the record whose name comes first. */
  lead: Finding
  /** All findings of it, the lead first. */
  findings: Finding[]
  /** Every other name of the flaw. */
  otherNames: Name[]
  /** The finding with the most severe rating. */
  worst: Finding
}

/** Joins the findings of one component whose vulnerabilities share a name. */
export function groupFindings(findings: readonly Finding[]): FlawFinding[] {
  const groups = new Set<{ keys: Set<string>; findings: Finding[] }>()
  const byKey = new Map<string, { keys: Set<string>; findings: Finding[] }>()
  for (const finding of findings) {
    const keys = namesOf(finding.vulnerability).map((name) => `${finding.component.uuid} ${name.id}`)
    const joined = { keys: new Set(keys), findings: [finding] }
    for (const key of keys) {
      const known = byKey.get(key)
      if (!known || !groups.delete(known)) continue
      for (const other of known.keys) joined.keys.add(other)
      joined.findings.unshift(...known.findings)
    }
    groups.add(joined)
    for (const key of joined.keys) byKey.set(key, joined)
  }
  return [...groups].map((group) => flawOf(group.findings))
}

/** The name of the record that a finding is of. */
export const nameOf = ({ vulnerability }: Finding): Name => ({
  source: vulnerability.source,
  id: vulnerability.vulnId,
})

function flawOf(found: Finding[]): FlawFinding {
  const findings = [...found].sort((a, b) => byName(nameOf(a), nameOf(b)))
  const lead = findings[0] as Finding
  const names = new Map(
    findings.flatMap((finding) => namesOf(finding.vulnerability)).map((one) => [one.id, one]),
  )
  // A name that has a record is named by the source of the record.
  for (const finding of findings) names.set(finding.vulnerability.vulnId, nameOf(finding))
  const [name = nameOf(lead), ...otherNames] = [...names.values()].sort(byName)
  const worst = findings.reduce((a, b) =>
    b.vulnerability.severityRank < a.vulnerability.severityRank ? b : a,
  )
  return { name, lead, findings, otherNames, worst }
}

/** Whether something that was typed occurs in a finding: a name of the flaw, its title, or the component. */
export function matches(flaw: FlawFinding, text: string): boolean {
  const wanted = text.toLowerCase()
  const { component } = flaw.lead
  const haystack = [
    component.name,
    component.group,
    component.version,
    flaw.name.id,
    ...flaw.otherNames.map((name) => name.id),
    ...flaw.findings.map(({ vulnerability }) => vulnerability.title),
  ]
  return haystack.some((part) => part?.toLowerCase().includes(wanted))
}

/** Worst first, then known to be exploited, then by component. */
export function bySeverity(a: FlawFinding, b: FlawFinding): number {
  const exploited = (flaw: FlawFinding) => (isExploited(flaw) ? 0 : 1)
  return (
    a.worst.vulnerability.severityRank - b.worst.vulnerability.severityRank ||
    exploited(a) - exploited(b) ||
    a.lead.component.name.localeCompare(b.lead.component.name)
  )
}

export function isExploited(flaw: FlawFinding): boolean {
  return flaw.findings.some((finding) => finding.vulnerability.knownExploited)
}

/** The score of EPSS, which is one for all records of a flaw. */
export function epssOf(flaw: FlawFinding): number | undefined {
  return flaw.findings.find((finding) => finding.vulnerability.epssScore !== undefined)?.vulnerability
    .epssScore
}
