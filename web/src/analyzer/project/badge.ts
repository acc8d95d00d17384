import type { Project } from '../api'

type Kind = 'vulns' | 'violations'

/** Where a badge of a project is. */
export function badgeAddress(origin: string, kind: Kind, { uuid }: Pick<Project, 'uuid'>): string {
  return `${origin}/api/v1/badge/${kind}/project/${uuid}`
}

/** A badge that leads to the project, in Markdown. */
export function badgeMarkdown(origin: string, kind: Kind, project: Pick<Project, 'uuid' | 'name'>): string {
  const label = kind === 'vulns' ? 'Vulnerabilities' : 'Policy violations'
  const name = project.name.replace(/[[\]\\]/g, '\\$&')
  const tab = kind === 'vulns' ? 'findings' : 'violations'
  const page = `${origin}/analyzer/projects/${project.uuid}?tab=${tab}`
  return `[![${label} of ${name}](${badgeAddress(origin, kind, project)})](${page})`
}
