import { addressProblem } from '@/shared/address'

/** A registry that is asked about packages of its type. */
export interface Repository {
  uuid: string
  type: string
  identifier: string
  /** Empty until somebody gives one: without it the repository is not asked. */
  url: string
  /** Those of a type are asked in this order. */
  resolutionOrder: number
  enabled: boolean
  /** Only asked about internal components, and others only about the rest. */
  internal: boolean
  authenticationRequired: boolean
  username?: string
}

/** The types of repositories: what people call them, and what has to be at an address. */
export const TYPES: Record<string, { label: string; speaks: string }> = {
  CARGO: { label: 'Cargo', speaks: 'A registry of crates, with its API below /api/v1/crates' },
  COMPOSER: { label: 'Composer', speaks: 'A Composer repository, with packages.json at its root' },
  CPAN: { label: 'CPAN', speaks: 'An API like that of MetaCPAN, with releases below /v1/release' },
  GEM: { label: 'RubyGems', speaks: 'A gem server with an API below /api/v1' },
  GITHUB: { label: 'GitHub', speaks: 'GitHub, or a server of GitHub Enterprise' },
  GO_MODULES: { label: 'Go modules', speaks: 'A Go module proxy' },
  HACKAGE: { label: 'Hackage', speaks: 'A Hackage server' },
  HEX: { label: 'Hex', speaks: 'A Hex server with an API below /api/packages' },
  MAVEN: { label: 'Maven', speaks: 'The root of a Maven repository, with maven-metadata.xml below it' },
  NIXPKGS: { label: 'Nixpkgs', speaks: 'The compressed list of all packages, packages.json.br' },
  NPM: { label: 'npm', speaks: 'An npm registry' },
  NUGET: { label: 'NuGet', speaks: 'A NuGet server of protocol version 3, its index at /v3/index.json' },
  PYPI: { label: 'Python', speaks: 'A Python package index with a JSON API below /pypi' },
}

export const typeLabel = (type: string) => TYPES[type]?.label ?? type

export const TYPE_CHOICES = Object.entries(TYPES).map(([value, { label }]) => ({ value, label }))

/** By the name of the type, and in the order in which they are asked. */
export function inOrder(repositories: readonly Repository[]): Repository[] {
  return [...repositories].sort(
    (a, b) => typeLabel(a.type).localeCompare(typeLabel(b.type)) || a.resolutionOrder - b.resolutionOrder,
  )
}

export const isAsked = (repository: Repository) => repository.enabled && repository.url.trim() !== ''

/** A repository as a person writes it. */
export interface Draft {
  type: string
  identifier: string
  url: string
  enabled: boolean
  internal: boolean
  authenticationRequired: boolean
  username: string
  /** Empty: the stored one stays. */
  password: string
}

export function draftOf(repository: Repository | undefined, type = 'MAVEN'): Draft {
  return {
    type: repository?.type ?? type,
    identifier: repository?.identifier ?? '',
    url: repository?.url ?? '',
    enabled: repository?.enabled ?? true,
    internal: repository?.internal ?? false,
    authenticationRequired: repository?.authenticationRequired ?? false,
    username: repository?.username ?? '',
    password: '',
  }
}

export function problemsOf(draft: Draft): { identifier?: string; url?: string } {
  return {
    ...(draft.identifier.trim() === '' && { identifier: 'Enter a name' }),
    ...(addressProblem(draft.url) && { url: addressProblem(draft.url) }),
  }
}

/** What is sent of a draft. The server forgets user and password where no authentication is required. */
export function bodyOf(draft: Draft, before: Repository | undefined) {
  const { authenticationRequired: signsIn, password, username, ...rest } = draft
  return {
    ...(before && { uuid: before.uuid, resolutionOrder: before.resolutionOrder }),
    ...rest,
    identifier: draft.identifier.trim(),
    url: draft.url.trim(),
    authenticationRequired: signsIn,
    ...(signsIn && { username: username.trim() || undefined }),
    ...(signsIn && password !== '' && { password }),
  }
}
