import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateRule } from './evaluate.ts'
import type { Facts } from './facts.ts'
import { parseRule } from './parse.ts'
import { compileRuleSet, type PublishedRule } from './rule-set.ts'

/** The plainest evaluator there can be, with null for unknown; it shares nothing with the real one. */
function naive(condition: unknown, facts: Facts): boolean | null {
  const [[key, value] = ['', null]] = Object.entries(condition as Record<string, unknown>)
  if (key === 'all' || key === 'any' || key === 'none') {
    const parts = (value as unknown[]).map((part) => naive(part, facts))
    if (key === 'all') return every(parts)
    const allFalse = every(parts.map((part) => (part === null ? null : !part)))
    if (key === 'none') return allFalse
    return allFalse === null ? null : !allFalse
  }
  const {
    field,
    operator,
    value: expected,
  } = condition as { field: string; operator: string; value: unknown }
  const actual = field
    .split('.')
    .reduce<unknown>((object, name) => (object as Facts | undefined)?.[name], facts)
  if (typeof actual !== typeof (Array.isArray(expected) ? expected[0] : expected)) return null
  switch (operator) {
    case '==':
      return actual === expected
    case '!=':
      return actual !== expected
    case '<':
      return (actual as number) < (expected as number)
    default:
      return (expected as unknown[]).includes(actual)
  }
}

/** False where one is, else null where one is, else true. */
function every(parts: readonly (boolean | null)[]): boolean | null {
  if (parts.includes(false)) return false
  return parts.includes(null) ? null : true
}

const field = fc.constantFrom('a', 'b', 'deep.c')
const scalar = fc.constantFrom(0, 1, 2)
const comparison = fc.oneof(
  fc.record({ field, operator: fc.constantFrom('==', '!=', '<'), value: scalar }),
  fc.record({
    field,
    operator: fc.constant('in'),
    value: fc.array(scalar, { minLength: 1, maxLength: 2 }),
  }),
)
const { condition } = fc.letrec((tie) => {
  const parts = fc.array(tie('condition'), { minLength: 1, maxLength: 3 })
  return {
    condition: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      comparison,
      fc.record({ all: parts }),
      fc.record({ any: parts }),
      fc.record({ none: parts }),
    ),
  }
})
const fact = fc.option(fc.oneof(scalar, fc.constantFrom('1', true, null)), { nil: undefined })
const facts: fc.Arbitrary<Facts> = fc.record({
  a: fact,
  b: fact,
  deep: fc.option(fc.record({ c: fact }), { nil: undefined }),
})
const rule = fc.record(
  {
    conditions: fc.array(condition, { minLength: 1, maxLength: 4 }),
    logic: fc.constantFrom('AND', 'OR'),
    on: fc.array(fc.constantFrom('signup', 'purchase'), { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['conditions', 'logic'] },
)

function published(json: object, index: number): PublishedRule {
  const actions = [{ type: 'credit', user: 'u', amount_cents: 1 }]
  const result = parseRule({ ...json, actions }, { defaultCurrency: 'USD' })
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return { id: String(index), name: `rule ${index}`, version: 1, rule: result.rule }
}

const naiveOf = (json: { conditions: readonly unknown[]; logic: string }, given: Facts) =>
  naive({ [json.logic === 'AND' ? 'all' : 'any']: json.conditions }, given)

describe('random rules on random facts', () => {
  it('have the outcome that the plainest evaluator gives', () => {
    fc.assert(
      fc.property(rule, facts, (json, given) => {
        const expected = naiveOf(json, given)
        const outcome = expected === null ? 'unknown' : String(expected)
        expect(evaluateRule(published(json, 0).rule, given).outcome).toBe(outcome)
      }),
      { numRuns: 2_000 },
    )
  })

  it('match through the index and the jump programs just as one by one', () => {
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 12 }),
        fc.array(fc.tuple(fc.constantFrom('signup', 'purchase', 'other'), facts), {
          minLength: 1,
          maxLength: 4,
        }),
        (jsons, events) => {
          const set = compileRuleSet(jsons.map(published))
          for (const [type, given] of events) {
            const asked = jsons.flatMap((json, index) =>
              !json.on || (json.on as readonly string[]).includes(type) ? [index] : [],
            )
            const expected = asked.filter(
              (index) => naiveOf(jsons[index] as (typeof jsons)[0], given) === true,
            )
            expect(set.matches(type, given).map((found) => Number(found.id))).toEqual(expected)
            expect(set.countFor(type)).toBe(asked.length)
            const candidates = set.candidates(type, given).map((found) => Number(found.id))
            expect(candidates).toEqual(expect.arrayContaining(expected))
          }
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('never make evaluation throw, whatever the event holds', () => {
    fc.assert(
      fc.property(
        rule,
        fc.object({ key: fc.constantFrom('a', 'b', 'deep', 'c', '__proto__') }),
        (json, given) => {
          const outcome = evaluateRule(published(json, 0).rule, given as Facts).outcome
          expect(['true', 'false', 'unknown']).toContain(outcome)
        },
      ),
    )
  })
})

describe('the index', () => {
  const many = Array.from({ length: 100 }, (_, index) =>
    published(
      {
        conditions: [
          { field: 'a', operator: '==', value: index },
          { field: 'b', operator: '==', value: 1 },
        ],
      },
      index,
    ),
  )

  it('rules out what cannot match by the equality that the fewest rules share', () => {
    const set = compileRuleSet(many)
    expect(set.candidates('any', { a: 7, b: 1 }).map((found) => found.id)).toEqual(['7'])
    expect(set.candidates('any', { b: 1 })).toEqual([])
    expect(set.countFor('any')).toBe(100)
  })

  it('is not fooled by text that looks like a number', () => {
    expect(compileRuleSet(many).matches('any', { a: '7', b: 1 })).toEqual([])
  })

  it('keeps rules for every event', () => {
    const set = compileRuleSet([published({ always: true }, 0)])
    expect(set.matches('any', {}).map((found) => found.id)).toEqual(['0'])
  })

  it('forgets the facts of the event before', () => {
    const set = compileRuleSet(many)
    expect(set.matches('any', { a: 1, b: 1 })).toHaveLength(1)
    expect(set.matches('any', {})).toHaveLength(0)
  })
})
