import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRule } from './parse.ts'
import { arbitraryRuleJson } from './rule.fixture.ts'

const options = { defaultCurrency: 'USD', timezone: 'Asia/Kolkata' }

describe('random rules', () => {
  // What the language allows and the parser refuses nobody could publish.
  it('are understood where they are valid', () => {
    fc.assert(
      fc.property(arbitraryRuleJson(), (json) => {
        const result = parseRule(json, options)
        expect(result.ok ? [] : result.faults).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })

  // Rules are stored as JSON and read again for every set: what is stored must mean the same.
  it('mean the same after they were stored', () => {
    fc.assert(
      fc.property(arbitraryRuleJson(), (json) => {
        const stored: unknown = JSON.parse(JSON.stringify(json))
        expect(plain(parseRule(stored, options))).toEqual(plain(parseRule(json, options)))
      }),
      { numRuns: 500 },
    )
  })
})

/** Without the functions of compiled patterns, which are never equal. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_name, member: unknown) => {
      if (typeof member === 'bigint') return `${member}n`
      return member instanceof Set ? [...member] : member
    }),
  )
}
