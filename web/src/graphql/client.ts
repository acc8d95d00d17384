import { type AnyVariables, Client, fetchExchange, type TypedDocumentNode } from '@urql/core'
import { session } from '@/session/session'
import { fromGraphQL, fromResponse, unreachable } from '@/shared/error'

// Answers are cached in one place, by the query client; this client only speaks GraphQL.
const client = new Client({
  url: '/graphql',
  exchanges: [fetchExchange],
  preferGetMethod: false,
  // Subscriptions come as a stream of server-sent events over the same address.
  fetchSubscriptions: true,
  fetchOptions: () => {
    const token = session.token()
    return token ? { headers: { Authorization: `Bearer ${token}` } } : {}
  },
})

/** Runs one operation. Answers its data or throws an `AppError`. */
export async function gql<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  if (!session.token()) throw fromResponse(401, '')
  const operation = document.definitions.find((part) => part.kind === 'OperationDefinition')
  const isMutation = operation?.kind === 'OperationDefinition' && operation.operation === 'mutation'
  const result = await (isMutation
    ? client.mutation(document, variables).toPromise()
    : client.query(document, variables).toPromise())
  if (result.error) {
    const status = (result.error.response as Response | undefined)?.status ?? 0
    if (status === 401) throw fromResponse(401, '')
    if (result.error.graphQLErrors.length > 0) throw fromGraphQL(result.error.graphQLErrors, status)
    throw status > 0 ? fromResponse(status, '') : unreachable()
  }
  if (!result.data) throw fromResponse(500, '')
  return result.data
}

/** Watches something; `told` hears each answer. Ends with the returned function. */
export function watch<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  told: (data: Data) => void,
): () => void {
  const { unsubscribe } = client.subscription(document, variables).subscribe((result) => {
    // What breaks off is not told: whoever watches also asks now and then.
    if (result.data) told(result.data)
  })
  return unsubscribe
}
