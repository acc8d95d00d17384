import { session } from '@/session/session'
import { fromResponse, unreachable } from '@/shared/error'

/** One page of a list: its rows, and how many there are on all pages. */
export interface Page<T> {
  rows: T[]
  total: number
}

type Query = Record<string, string | number | boolean | undefined>

interface Options {
  query?: Query
  /** Version of the API that has the path. */
  version?: 'v1' | 'v2'
  /** Sent as JSON. */
  body?: unknown
  /** Sent as plain text. */
  text?: string
  /** Sent as multipart/form-data, or as application/x-www-form-urlencoded. */
  form?: FormData | URLSearchParams
  /** Media type of the answer. */
  accept?: string
}

async function send(
  method: string,
  path: string,
  { query = {}, version = 'v1', body, text, form, accept }: Options,
): Promise<Response> {
  const token = session.token()
  if (!token) throw fromResponse(401, '')
  const url = new URL(`/api/${version}${path}`, window.location.origin)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value))
  }
  const response = await fetch(url, {
    method,
    headers: {
      Accept: accept ?? 'application/json',
      Authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(text !== undefined && { 'Content-Type': 'text/plain' }),
    },
    body: form ?? text ?? (body === undefined ? undefined : JSON.stringify(body)),
  }).catch(() => {
    throw unreachable()
  })
  // 304: it is so already.
  if (!response.ok && response.status !== 304) throw fromResponse(response.status, await response.text())
  return response
}

/** Calls the analyzer's REST API, and reads the JSON it answers; `undefined` for an empty answer. */
export async function rest<T>(
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  options: Options = {},
) {
  const text = await (await send(method, path, options)).text()
  return (text ? JSON.parse(text) : undefined) as T
}

/** Saves what a path answers as a file. */
export async function restFile(path: string, query: Query, name: string) {
  const response = await send('GET', path, { query, accept: '*/*' })
  const address = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}

/** How many rows are read of what is never many. */
export const ALL = { pageNumber: 1, pageSize: 1000 }

/** Reads one page of a list; the number of all rows comes in `X-Total-Count`. */
export async function restPage<T>(path: string, query: Query): Promise<Page<T>> {
  const response = await send('GET', path, { query })
  const rows = (await response.json()) as T[]
  const total = Number(response.headers.get('X-Total-Count') ?? rows.length)
  return { rows, total: Number.isFinite(total) ? total : rows.length }
}
