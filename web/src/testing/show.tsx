import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { vi } from 'vitest'
import { session } from '@/session/session'
import { theme } from '@/theme/theme'

/** Shows a part of a page to somebody who is signed in. */
export function show(part: ReactNode) {
  session.start('a.b.c')
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  return render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={client}>{part}</QueryClientProvider>
    </MantineProvider>,
  )
}

export interface Sent {
  method: string
  path: string
  query: Record<string, string>
  /** JSON is read, a form is a record, and anything else is as it was sent. */
  body: unknown
}

function bodyOf(body: unknown) {
  if (body instanceof URLSearchParams) return Object.fromEntries(body)
  if (typeof body !== 'string') return body
  try {
    return JSON.parse(body) as unknown
  } catch {
    return body
  }
}

/** A server of REST that answers as told: a status and a body. What it was sent is returned. */
export function answering(answer: (sent: Sent) => [status: number, body?: unknown]) {
  const all: Sent[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = new URL(String(input), 'http://localhost')
    const sent: Sent = {
      method: init?.method ?? 'GET',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: bodyOf(init?.body),
    }
    all.push(sent)
    const [status, body] = answer(sent)
    const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)
    return new Response(text, { status })
  })
  return all
}
