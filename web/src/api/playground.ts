import { session } from '@/session/session'
import { fromResponse } from '@/shared/error'

interface TypeRef {
  kind: string
  name: string | null
  ofType: TypeRef | null
}

interface Input {
  name: string
  description: string | null
  type: TypeRef
}

export interface Field {
  name: string
  description: string | null
  args: (Input & { inputs?: Input[] })[]
  type: TypeRef
  example: string
}

const TYPE = 'kind name ofType { kind name ofType { kind name ofType { kind name } } }'
const SCHEMA = `{
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types {
      kind name
      inputFields { name description type { ${TYPE} } }
      fields { name description args { name description type { ${TYPE} } } type { ${TYPE} } }
    }
  }
}`

/** A type as the schema writes it: `[Issue!]!`. */
export function typeText(type: TypeRef): string {
  if (type.kind === 'NON_NULL' && type.ofType) return `${typeText(type.ofType)}!`
  if (type.kind === 'LIST' && type.ofType) return `[${typeText(type.ofType)}]`
  return type.name ?? '…'
}

function named(type: TypeRef): TypeRef {
  return type.ofType ? named(type.ofType) : type
}

interface SchemaType {
  kind: string
  name: string
  inputFields: Input[] | null
  fields: Omit<Field, 'example'>[] | null
}

/** A call of an operation with its arguments as they are to be filled in, and the plain fields of its answer. */
export function example(kind: string, field: Omit<Field, 'example'>, types: Map<string, SchemaType>): string {
  const needed = field.args.filter((arg) => arg.type.kind === 'NON_NULL')
  const args = needed.map((arg) => `${arg.name}: ${arg.type.ofType?.name === 'ID' ? '"1"' : '{}'}`)
  const plain = (type: TypeRef, depth: number): string => {
    const known = types.get(named(type).name ?? '')
    if (!known?.fields) return ''
    const inner = known.fields
      .filter((one) => one.args.every((arg) => arg.type.kind !== 'NON_NULL'))
      .map((one) => {
        const leaf = !types.get(named(one.type).name ?? '')?.fields
        if (leaf) return one.name
        return depth > 0 && one.name === 'collection' ? `${one.name}${plain(one.type, depth - 1)}` : ''
      })
      .filter(Boolean)
    return ` { ${(inner.length > 0 ? inner.slice(0, 8) : ['__typename']).join(' ')} }`
  }
  const call = `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${plain(field.type, 1)}`
  return `${kind} {\n  ${call}\n}`
}

/** Every operation by kind, with its documentation. */
export async function readSchema(): Promise<{ kind: string; fields: Field[] }[]> {
  const { data } = JSON.parse(await post(SCHEMA, {}))
  const types = new Map<string, SchemaType>(data.__schema.types.map((type: SchemaType) => [type.name, type]))
  return [
    { kind: 'Queries', word: 'query', root: data.__schema.queryType },
    { kind: 'Mutations', word: 'mutation', root: data.__schema.mutationType },
    { kind: 'Subscriptions', word: 'subscription', root: data.__schema.subscriptionType },
  ].map(({ kind, word, root }) => ({
    kind,
    fields: [...(types.get(root.name)?.fields ?? [])]
      .sort((a, b) => a.name.localeCompare(b.name))
      .map((field) => ({
        ...field,
        args: field.args.map((arg) => ({
          ...arg,
          inputs: types.get(named(arg.type).name ?? '')?.inputFields ?? undefined,
        })),
        example: example(word, field, types),
      })),
  }))
}

async function send(query: string, variables: object, accept: string, signal?: AbortSignal) {
  const answer = await fetch('/graphql', {
    method: 'POST',
    signal,
    headers: {
      'Content-Type': 'application/json',
      Accept: accept,
      Authorization: `Bearer ${session.token() ?? ''}`,
    },
    body: JSON.stringify({ query, variables }),
  })
  if (answer.status === 401) session.end()
  return answer
}

async function post(query: string, variables: object): Promise<string> {
  const answer = await send(query, variables, 'application/json')
  if (!answer.ok) throw fromResponse(answer.status, await answer.text())
  return answer.text()
}

const pretty = (text: string) => JSON.stringify(JSON.parse(text), null, 2)

/** Runs what was typed; `told` hears the answer, or each answer of a subscription. */
export async function runText(
  query: string,
  variables: string,
  signal: AbortSignal,
  told: (text: string) => void,
): Promise<void> {
  let read: object = {}
  try {
    if (variables.trim()) read = JSON.parse(variables)
  } catch {
    throw new Error('The variables are not JSON')
  }
  const answer = await send(query, read, 'application/json, text/event-stream', signal)
  if (!answer.headers.get('content-type')?.includes('text/event-stream') || !answer.body) {
    const text = await answer.text()
    try {
      told(pretty(text))
    } catch {
      throw fromResponse(answer.status, text)
    }
    return
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const events = (rest + value).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) {
      const data = event
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trim())
        .join('')
      if (data) told(pretty(data))
    }
  }
}
