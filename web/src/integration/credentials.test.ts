import { describe, expect, it } from 'vitest'
import { newToken } from './token'
import { urlProblem } from './url'

describe('the address of a Dependency-Track', () => {
  it.each(['https://dt.example.com', 'http://localhost:8080/api', ' https://x.example/prefix/api/v1/ '])(
    'may be %s',
    (address) => expect(urlProblem(address)).toBeNull(),
  )

  it.each(['', 'dt.example.com', 'ftp://dt.example.com', 'localhost:8080'])('may not be "%s"', (address) =>
    expect(urlProblem(address)).not.toBeNull(),
  )

  it('holds no credentials', () => {
    expect(urlProblem('https://me:secret@dt.example.com')).toMatch(/password/)
  })
})

describe('a generated webhook token', () => {
  it('is 40 letters and digits, another one each time', () => {
    const tokens = new Set(Array.from({ length: 50 }, newToken))
    expect(tokens.size).toBe(50)
    for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9]{40}$/)
  })
})
