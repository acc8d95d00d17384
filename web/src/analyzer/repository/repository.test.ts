import { describe, expect, it } from 'vitest'
import { bodyOf, draftOf, inOrder, isAsked, problemsOf, type Repository } from './repository'
import { repositoriesSearch } from './search'

const repository = (part: Partial<Repository>): Repository => ({
  uuid: 'u',
  type: 'NPM',
  identifier: 'npm',
  url: '',
  resolutionOrder: 1,
  enabled: true,
  internal: false,
  authenticationRequired: false,
  ...part,
})

describe('a repository', () => {
  it('is asked when it is on and has an address', () => {
    expect(isAsked(repository({}))).toBe(false)
    expect(isAsked(repository({ url: 'https://registry.example' }))).toBe(true)
    expect(isAsked(repository({ url: 'https://registry.example', enabled: false }))).toBe(false)
  })

  it('comes by type and then in the order in which it is asked', () => {
    const found = inOrder([
      repository({ identifier: 'b', type: 'MAVEN', resolutionOrder: 2 }),
      repository({ identifier: 'a', type: 'MAVEN', resolutionOrder: 1 }),
      repository({ identifier: 'c', type: 'GEM' }),
      repository({ identifier: 'd', type: 'CARGO' }),
    ])
    expect(found.map((one) => one.identifier)).toEqual(['d', 'a', 'b', 'c'])
  })

  it('needs a name, and an address that is one', () => {
    expect(problemsOf({ ...draftOf(undefined), identifier: ' ' }).identifier).toMatch(/name/)
    expect(problemsOf({ ...draftOf(repository({})), url: 'registry.example' }).url).toMatch(/https/)
    expect(problemsOf(draftOf(repository({})))).toEqual({})
  })

  it('keeps its password unless one is typed', () => {
    const before = repository({ authenticationRequired: true, username: 'reader' })
    const draft = { ...draftOf(before), url: ' https://registry.example ' }
    expect(bodyOf(draft, before)).toEqual({
      uuid: 'u',
      type: 'NPM',
      identifier: 'npm',
      url: 'https://registry.example',
      resolutionOrder: 1,
      enabled: true,
      internal: false,
      authenticationRequired: true,
      username: 'reader',
    })
    expect(bodyOf({ ...draft, password: 's3cret' }, before)).toMatchObject({ password: 's3cret' })
    expect(
      bodyOf({ ...draft, password: 's3cret', authenticationRequired: false }, before),
    ).not.toHaveProperty('password')
  })
})

describe('the list of repositories in the address', () => {
  it('takes what it knows', () => {
    expect(repositoriesSearch({ type: 'NPM', q: 7 })).toEqual({ type: 'NPM', q: '7' })
    expect(repositoriesSearch({ type: 'FLOPPY' })).toEqual({ type: undefined, q: undefined })
  })
})
