import type { Field } from '../property/property'
import type { Source } from './source'

const SOURCE = 'vuln-source'
const SCANNER = 'scanner'

const on = (group: string, name: string, label: string, description?: string): Field => ({
  group,
  name,
  label,
  description,
  kind: 'switch',
})
const text = (group: string, name: string, label: string, description?: string): Field => ({
  ...on(group, name, label, description),
  kind: 'text',
})
const address = (group: string, name: string, label = 'Address', description?: string): Field => ({
  ...on(group, name, label, description),
  kind: 'address',
})
const secret = (group: string, name: string, label: string, description?: string): Field => ({
  ...on(group, name, label, description),
  kind: 'secret',
})
const every = (name: string): Field => ({ ...on('task-scheduler', name, 'Run every'), kind: 'hours' })

/** What a source tells of, and how it is set up. */
interface SourceKind {
  about: string
  fields: Field[]
}

export const ECOSYSTEMS: Field = {
  ...text(
    SOURCE,
    'google.osv.enabled',
    'Ecosystems',
    'Advisories for these are mirrored. Without one, OSV is off.',
  ),
  kind: 'list',
}

/** The switches of the sources; OSV has none but its ecosystems. */
export const SWITCHES: Partial<Record<Source['name'], string>> = {
  nvd: 'nvd.enabled',
  github: 'github.advisories.enabled',
  epss: 'epss.enabled',
  kev: 'kev.enabled',
  cwe: 'cwe.enabled',
}

export const SOURCES: Record<Source['name'], SourceKind> = {
  osv: {
    about: 'Advisories for packages of every ecosystem, with exact ranges of versions.',
    fields: [
      ECOSYSTEMS,
      address(SOURCE, 'google.osv.base.url', 'Address', 'A bucket, or a copy of one in your network'),
      every('osv.mirror.cadence'),
    ],
  },
  nvd: {
    about: 'CVE records with CVSS ratings and CPE names, for what is no package.',
    fields: [
      on(SOURCE, 'nvd.enabled', 'Mirror this source'),
      address(SOURCE, 'nvd.feeds.url', 'Address of the feeds'),
      on(SOURCE, 'nvd.api.enabled', 'Ask the API instead of the feeds'),
      on(
        SOURCE,
        'nvd.api.download.feeds',
        'Start with the feeds',
        'The feeds are read once, then the API tells what changed since',
      ),
      address(SOURCE, 'nvd.api.url', 'Address of the API'),
      secret(SOURCE, 'nvd.api.key', 'API key', 'With one the API may be asked ten times as often.'),
      every('nist.mirror.cadence'),
    ],
  },
  github: {
    about: "Reviewed advisories of GitHub, asked from its API. Most of them are in OSV's data too.",
    fields: [
      on(SOURCE, 'github.advisories.enabled', 'Mirror this source'),
      secret(SOURCE, 'github.advisories.access.token', 'Access token', 'A personal token without any scope.'),
      address(SOURCE, 'github.advisories.api.url', 'Address of the GraphQL API'),
      every('ghsa.mirror.cadence'),
    ],
  },
  epss: {
    about: 'How likely each CVE is to be exploited within 30 days.',
    fields: [
      on(SOURCE, 'epss.enabled', 'Mirror this source'),
      address(SOURCE, 'epss.feeds.url'),
      every('epss.mirror.cadence'),
    ],
  },
  kev: {
    about: 'The CVEs that are known to be exploited.',
    fields: [
      on(SOURCE, 'kev.enabled', 'Mirror this source'),
      address(SOURCE, 'kev.feeds.url'),
      every('kev.mirror.cadence'),
    ],
  },
  cwe: {
    about: 'Names of weaknesses; a dictionary is built in, this brings a newer one.',
    fields: [
      on(SOURCE, 'cwe.enabled', 'Mirror this source'),
      address(SOURCE, 'cwe.feeds.url'),
      every('cwe.mirror.cadence'),
    ],
  },
}

/** Analyzers that are asked over the network about the components of SBOMs. */
export const ANALYZERS: { title: string; about: string; enabled: string; url: string; fields: Field[] }[] = [
  {
    title: 'OSS Index',
    about: 'Is asked by package URL. It needs a user and a token.',
    enabled: 'ossindex.enabled',
    url: 'ossindex.base.url',
    fields: [
      on(SCANNER, 'ossindex.enabled', 'Ask OSS Index'),
      text(SCANNER, 'ossindex.api.username', 'User name', 'The e-mail address of the account'),
      secret(SCANNER, 'ossindex.api.token', 'API token'),
      address(SCANNER, 'ossindex.base.url'),
    ],
  },
  {
    title: 'Snyk',
    about: 'Is asked by package URL. It needs an organization and a token.',
    enabled: 'snyk.enabled',
    url: 'snyk.base.url',
    fields: [
      on(SCANNER, 'snyk.enabled', 'Ask Snyk'),
      text(SCANNER, 'snyk.org.id', 'Organization'),
      secret(SCANNER, 'snyk.api.token', 'API token', 'Several tokens are separated by semicolons.'),
      text(SCANNER, 'snyk.api.version', 'Version of the API'),
      {
        ...text(SCANNER, 'snyk.cvss.source', 'Whose CVSS rating counts'),
        kind: 'choice',
        choices: ['NVD', 'SNYK'],
      },
      address(SCANNER, 'snyk.base.url'),
    ],
  },
  {
    title: 'Trivy',
    about: 'A Trivy server in your network; it looks at libraries and packages of operating systems.',
    enabled: 'trivy.enabled',
    url: 'trivy.base.url',
    fields: [
      on(SCANNER, 'trivy.enabled', 'Ask the Trivy server'),
      address(SCANNER, 'trivy.base.url'),
      secret(SCANNER, 'trivy.api.token', 'API token'),
      on(SCANNER, 'trivy.ignore.unfixed', 'Leave out what has no fix'),
      on(SCANNER, 'trivy.scanner.scanLibrary', 'Look at libraries'),
      on(SCANNER, 'trivy.scanner.scanOs', 'Look at packages of operating systems'),
    ],
  },
]
