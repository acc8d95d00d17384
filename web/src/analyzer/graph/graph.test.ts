import { describe, expect, it } from 'vitest'
import { mayHaveMore } from './graph'

const node = (directDependencies?: string) => ({ uuid: 'u', name: 'n', directDependencies })

describe('a node of the dependency graph', () => {
  it('opens only where something is below it', () => {
    expect(mayHaveMore(node('[{"uuid":"x"}]'))).toBe(true)
    for (const nothing of [undefined, '[]', '{}', 'broken']) expect(mayHaveMore(node(nothing))).toBe(false)
  })
})
