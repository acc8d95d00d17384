/** A component or service in the dependency graph of a project. */
export interface GraphNode {
  uuid: string
  name: string
  version?: string
  purl?: string
  latestVersion?: string
  /** JSON of an array: what it depends on itself. */
  directDependencies?: string
}

/** Whether something may be below a node: where it does not tell, it has to be asked. */
export function mayHaveMore({ directDependencies }: GraphNode): boolean {
  if (directDependencies === undefined) return false
  try {
    const json: unknown = JSON.parse(directDependencies)
    return Array.isArray(json) && json.length > 0
  } catch {
    return false
  }
}
