/** A place where an expression is wrong, and why; both count from 1. */
export interface ExpressionError {
  line?: number
  column?: number
  message?: string
}

/** What a server says of the parts of a request, for the form that has a field for each. */
export interface Parts {
  /** What is wrong with a field, by the last name of its path. */
  fields: Record<string, string>
  /** Where the expression of the request is wrong. */
  expression: ExpressionError[]
}

/** What went wrong, in the words a person can act on. Every failed call ends as one of these. */
export class AppError extends Error {
  /** Stable code: a GraphQL `extensions.code`, or one derived from the HTTP status. */
  readonly code: string
  /** What to do about it, when the server says so. */
  readonly hint: string | null
  /** HTTP status, 0 when no answer came. */
  readonly status: number
  readonly parts: Parts

  constructor(message: string, code: string, hint: string | null = null, status = 0, parts?: Parts) {
    super(message)
    this.name = 'AppError'
    this.code = code
    this.hint = hint
    this.status = status
    this.parts = parts ?? { fields: {}, expression: [] }
  }

  /** The session is over: the person must sign in again. */
  get signedOut() {
    return this.code === 'UNAUTHENTICATED'
  }

  /** Trying the same call again may help. */
  get retryable() {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

const CODE_BY_STATUS: Record<number, string> = {
  400: 'INVALID',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  413: 'TOO_LARGE',
  415: 'UNSUPPORTED',
  429: 'TOO_MANY_REQUESTS',
}

const TEXT_BY_CODE: Record<string, string> = {
  INVALID: 'The server refused the request.',
  UNAUTHENTICATED: 'Your session has ended.',
  FORBIDDEN: 'You do not have the permission for this.',
  NOT_FOUND: 'This does not exist, or is not visible to you.',
  CONFLICT: 'This conflicts with something that exists.',
  TOO_LARGE: 'The file is too large.',
  TOO_MANY_REQUESTS: 'Too many requests. Wait a moment.',
  INTERNAL: 'The server could not complete the request.',
}

const HINT_BY_CODE: Record<string, string> = {
  UNAUTHENTICATED: 'Sign in again.',
  FORBIDDEN: 'Ask an administrator to grant it to your team or role.',
  INTERNAL: 'Try again. If it keeps failing, the server log has the cause.',
}

export const unreachable = () =>
  new AppError(
    'The server cannot be reached.',
    'UNREACHABLE',
    'Check your connection and that the server runs.',
  )

/** The error of a REST answer: problem details, a list of validation messages, plain text, or nothing at all. */
export function fromResponse(status: number, body: string): AppError {
  const code = CODE_BY_STATUS[status] ?? (status >= 500 ? 'INTERNAL' : 'INVALID')
  const fallback = TEXT_BY_CODE[code] ?? `The server answered ${status}.`
  const { message, hint = null, parts } = readBody(body)
  return new AppError(message || fallback, code, hint ?? HINT_BY_CODE[code] ?? null, status, parts)
}

interface Body {
  message?: string
  hint?: string | null
  parts?: Parts
}

function readBody(body: string): Body {
  const text = body.trim()
  if (text === '') return {}
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // An HTML page is a proxy's answer, not for people.
    return text.startsWith('<') ? {} : { message: text.slice(0, 500) }
  }
  if (Array.isArray(json))
    return { message: json.map(placeText).filter(Boolean).join('. '), parts: partsOf(json) }
  if (typeof json === 'string') return { message: json }
  if (!json || typeof json !== 'object') return {}
  const { title, detail, errors, celErrors } = json as Record<string, unknown>
  if (Array.isArray(celErrors))
    return { message: celErrors.map(placeText).join('. '), parts: partsOf(celErrors) }
  const places = Array.isArray(errors) ? errors : []
  return {
    message: [title, detail].filter(Boolean).join(': '),
    hint: places.slice(0, 5).map(placeText).filter(Boolean).join('\n') || null,
    parts: partsOf(places),
  }
}

/** One of several errors: a text, a field with what is wrong with it, or a place in an expression. */
type Place = string | (ExpressionError & { path?: string })

const isPlace = (place: Place | null): place is Exclude<Place, string> =>
  typeof place === 'object' && place !== null

const isInExpression = (place: ExpressionError) => typeof place.line === 'number'

function placeText(place: Place): string {
  if (!isPlace(place)) return String(place ?? '')
  if (isInExpression(place))
    return `The expression is wrong at line ${place.line}, column ${place.column}: ${place.message}`
  return place.path ? `${place.path}: ${place.message}` : (place.message ?? '')
}

function partsOf(places: Place[]): Parts {
  const fields: Record<string, string> = {}
  const known = places.filter(isPlace)
  for (const place of known) {
    if (isInExpression(place)) continue
    const name = place.path?.split('.').at(-1)
    if (name && place.message) fields[name] = place.message
  }
  return { fields, expression: known.filter(isInExpression) }
}

/** What is wrong with an expression, for its field; nothing where the failure is about something else. */
export function expressionProblem(thrown: unknown): string | undefined {
  const { expression } = toAppError(thrown).parts
  const several = expression.map(({ line, column, message }) => `Line ${line}, column ${column}: ${message}`)
  return several.join('\n') || undefined
}

/** The part of a GraphQL error that is read here. */
export interface GraphQLErrorLike {
  message: string
  extensions?: Record<string, unknown>
}

/** The error of a GraphQL answer. The first error of several is the one shown. */
export function fromGraphQL(errors: readonly GraphQLErrorLike[], status: number): AppError {
  const first = errors[0]
  if (!first) return fromResponse(status, '')
  const code = String(first.extensions?.code ?? 'INTERNAL')
  const hint = first.extensions?.hint
  return new AppError(
    first.message,
    code,
    typeof hint === 'string' ? hint : (HINT_BY_CODE[code] ?? null),
    status,
  )
}

/** An error out of whatever was thrown. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  if (thrown instanceof TypeError && /fetch|network|load failed/i.test(thrown.message)) return unreachable()
  return new AppError(thrown instanceof Error ? thrown.message : String(thrown), 'INTERNAL', null)
}
