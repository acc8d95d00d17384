import { describe, expect, it } from 'vitest'
import type { Finding } from '../api'
import { evidenceSource, evidenceWords } from './evidence'
import { bySeverity, epssOf, groupFindings, isExploited, matches } from './group'

function finding(
  component: string,
  source: string,
  vulnId: string,
  aliases: Record<string, string>[] = [],
  more: Partial<Finding['vulnerability']> = {},
): Finding {
  return {
    component: { uuid: component, name: component, project: 'p' },
    vulnerability: {
      uuid: vulnId,
      source,
      vulnId,
      severity: 'HIGH',
      severityRank: 1,
      aliases,
      ...more,
    },
    analysis: { isSuppressed: false },
    attribution: {},
    matrix: `p:${component}:${vulnId}`,
  }
}

const CVE = 'CVE-2018-18074'
const GHSA = 'GHSA-x84v-xcm2-53pg'
const PYSEC = 'PYSEC-2018-28'
const ids = (found: ReturnType<typeof groupFindings>) =>
  found.map((flaw) => flaw.findings.map((one) => one.vulnerability.vulnId))

describe('findings of one flaw', () => {
  it('are one, led by the CVE', () => {
    const [flaw, ...more] = groupFindings([
      finding('requests', 'OSV', PYSEC, [{ osvId: PYSEC, cveId: CVE }], { title: 'Credentials are sent' }),
      finding('requests', 'GITHUB', GHSA, [{ ghsaId: GHSA, cveId: CVE }], { severityRank: 0 }),
      finding('requests', 'NVD', CVE),
    ])
    expect(more).toEqual([])
    expect(flaw?.findings.map((one) => one.vulnerability.vulnId)).toEqual([CVE, GHSA, PYSEC])
    expect(flaw?.lead.vulnerability.vulnId).toBe(CVE)
    expect(flaw?.otherNames).toEqual([
      { source: 'GITHUB', id: GHSA },
      { source: 'OSV', id: PYSEC },
    ])
    expect(flaw?.worst.vulnerability.vulnId).toBe(GHSA)
  })

  it('are joined by an id that no record has', () => {
    const found = groupFindings([
      finding('requests', 'OSV', PYSEC, [{ cveId: CVE }]),
      finding('requests', 'GITHUB', GHSA, [{ cveId: CVE }]),
    ])
    expect(ids(found)).toEqual([[GHSA, PYSEC]])
    expect(found[0]?.name.id).toBe(CVE)
    expect(found[0]?.otherNames.map((name) => name.id)).toEqual([GHSA, PYSEC])
  })

  it('are joined through one that comes last', () => {
    const found = groupFindings([
      finding('requests', 'GITHUB', GHSA),
      finding('requests', 'OSV', PYSEC),
      finding('requests', 'NVD', CVE, [{ ghsaId: GHSA, osvId: PYSEC }]),
    ])
    expect(ids(found)).toEqual([[CVE, GHSA, PYSEC]])
  })

  it('stay apart in other components, and from other flaws', () => {
    const found = groupFindings([
      finding('requests', 'NVD', CVE),
      finding('requests2', 'NVD', CVE),
      finding('requests', 'NVD', 'CVE-2023-32681'),
    ])
    expect(found).toHaveLength(3)
  })

  it('are found by every name and told with the worst first', () => {
    const found = groupFindings([
      finding('b', 'NVD', 'CVE-2', [{ ghsaId: 'GHSA-2' }], { severityRank: 2, epssScore: 0.5 }),
      finding('a', 'NVD', 'CVE-1', [], { severityRank: 2, title: 'Bad thing' }),
      finding('c', 'NVD', 'CVE-3', [], { severityRank: 2, knownExploited: true }),
      finding('d', 'NVD', 'CVE-4', [], { severityRank: 0 }),
    ])
    expect(found.sort(bySeverity).map((flaw) => flaw.lead.component.name)).toEqual(['d', 'c', 'a', 'b'])
    expect(found.filter((flaw) => matches(flaw, 'ghsa-2')).map((flaw) => flaw.lead.component.name)).toEqual([
      'b',
    ])
    expect(found.filter((flaw) => matches(flaw, 'bad')).map((flaw) => flaw.lead.component.name)).toEqual([
      'a',
    ])
    expect(found.filter(isExploited).map((flaw) => flaw.lead.component.name)).toEqual(['c'])
    expect(found.map(epssOf)).toEqual([undefined, undefined, undefined, 0.5])
  })
})

describe('why', () => {
  it('reads as a sentence', () => {
    const evidence = {
      analyzerIdentity: 'INTERNAL_ANALYZER',
      source: 'OSV',
      vulnId: PYSEC,
      origin: 'osv',
      package: 'PyPI requests',
      range: '< 2.20.0',
      versionOrder: 'PEP 440',
      fixedVersion: '2.20.0',
    }
    expect(evidenceSource(evidence)).toBe('OSV')
    expect(evidenceWords(evidence)).toBe('says PyPI requests < 2.20.0; order PEP 440; fixed in 2.20.0')
  })

  it('names who was asked', () => {
    const evidence = {
      analyzerIdentity: 'SNYK_ANALYZER',
      source: 'NVD',
      vulnId: CVE,
      alternateIdentifier: 'SNYK-PYTHON-REQUESTS-72435',
    }
    expect(evidenceSource(evidence)).toBe('Snyk')
    expect(evidenceWords(evidence)).toBe(
      'says so; no fixed version is told; there called SNYK-PYTHON-REQUESTS-72435',
    )
  })
})
