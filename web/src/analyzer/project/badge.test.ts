import { describe, expect, it } from 'vitest'
import { badgeMarkdown } from './badge'

describe('a badge', () => {
  it('leads to the project, whatever its name', () => {
    expect(badgeMarkdown('https://sca.example', 'vulns', { uuid: 'u', name: 'shop' })).toBe(
      '[![Vulnerabilities of shop](https://sca.example/api/v1/badge/vulns/project/u)](https://sca.example/analyzer/projects/u?tab=findings)',
    )
    expect(badgeMarkdown('https://sca.example', 'violations', { uuid: 'u', name: 'a]b' })).toContain('a\\]b')
  })
})
