import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { session } from '@/session/session'
import { uploadBom } from './upload'

beforeEach(() => session.start('token'))
afterEach(() => {
  session.end()
  accepted.mockClear()
  vi.unstubAllGlobals()
})

const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status })

/** A server that gives these answers to questions about the work; none for an `undefined`. */
function serve(...answers: (Response | undefined)[]) {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string | URL) => {
    asked.push(String(url))
    if (!String(url).includes('/event/token/')) return answer(200, { token: 'abc' })
    const next = answers.shift()
    if (!next) throw new TypeError('Failed to fetch')
    return next
  })
  return asked
}

const accepted = vi.fn()
const upload = () => uploadBom(new File(['{}'], 'bom.json'), { uuid: 'p' }, accepted)

test('a server that is started anew in the middle is waited for', async () => {
  const asked = serve(
    undefined,
    answer(503, {}),
    answer(200, { processing: true }),
    answer(200, { processing: false }),
  )
  expect(await upload()).toBe('p')
  expect(asked.length).toBe(5)
})

test('work that may not be asked about is not waited for', async () => {
  serve(answer(403, {}))
  await expect(upload()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(accepted).toHaveBeenCalledOnce()
})
