import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateRule } from '../evaluation/evaluation.fixture.ts'
import type { Facts } from '../language/facts.ts'
import { indexedListItemsMax } from '../language/limits.ts'
import { parseRule } from '../language/parse.ts'
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
  const direct = operator === '!=' ? '==' : operator.replace('not_', '')
  const answer = naiveCompare(actual, direct, expected)
  return direct === operator || answer === null ? answer : !answer
}

function naiveCompare(actual: unknown, operator: string, expected: unknown): boolean | null {
  if (operator === 'contains') {
    if (typeof actual === 'string')
      return typeof expected === 'string' ? actual.includes(expected) : null
    if (!Array.isArray(actual)) return null
    const differences = actual.map((item) => (isLike(item, expected) ? item !== expected : null))
    const isNowhere = every(differences)
    return isNowhere === null ? null : !isNowhere
  }
  if (operator === 'in') {
    const listed = expected as unknown[]
    return listed.some((item) => isLike(actual, item)) ? listed.includes(actual) : null
  }
  if (!isLike(actual, expected)) return null
  const [left, right] = [actual as number, expected as number]
  const answers: Readonly<Record<string, boolean>> = {
    '==': left === right,
    '<': left < right,
    '>': left > right,
    '<=': left <= right,
    '>=': left >= right,
  }
  return answers[operator] ?? null
}

function isLike(actual: unknown, expected: unknown): boolean {
  return typeof actual === typeof expected && actual !== Number.POSITIVE_INFINITY
}

/** False where one is, else null where one is, else true. */
function every(parts: readonly (boolean | null)[]): boolean | null {
  if (parts.includes(false)) return false
  return parts.includes(null) ? null : true
}

const field = fc.constantFrom('a', 'b', 'deep.c')
const ordered = fc.constantFrom(0, 1, 1.5, 'a', 'ab')
const scalar = fc.oneof(ordered, fc.boolean())
const comparison = fc.oneof(
  { weight: 2, arbitrary: fc.record({ field, operator: fc.constant('=='), value: scalar }) },
  fc.record({ field, operator: fc.constantFrom('!=', 'contains'), value: scalar }),
  fc.record({ field, operator: fc.constantFrom('<', '>', '<=', '>='), value: ordered }),
  fc.record({
    field,
    operator: fc.constantFrom('in', 'not_in'),
    value: fc.array(scalar, { minLength: 1, maxLength: 3 }),
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
const single = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.constantFrom(null, '1', Number.POSITIVE_INFINITY, {}),
)
const fact = fc.option(
  fc.oneof({ weight: 4, arbitrary: single }, fc.array(single, { maxLength: 3 })),
  {
    nil: undefined,
  },
)
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
  const result = parseRule({ ...json, actions }, { defaultCurrency: 'USD', timezone: 'UTC' })
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

  const idsOf = (conditions: readonly unknown[], facts: Facts, logic = 'AND') =>
    compileRuleSet([published({ conditions, logic }, 0)])
      .candidates('any', facts)
      .map((found) => found.id)
  const equality = { field: 'a', operator: '==', value: 1 }
  const other = { field: 'b', operator: '>', value: 1 }

  it('sees equalities in groups that must hold, and short lists', () => {
    expect(idsOf([{ all: [other, equality] }], { a: 2 })).toEqual([])
    expect(idsOf([{ any: [equality] }], { a: 2 })).toEqual([])
    expect(idsOf([equality], { a: 2 }, 'OR')).toEqual([])
    const short = { field: 'a', operator: 'in', value: [1, 3] }
    expect(idsOf([short], { a: 2 })).toEqual([])
    expect(idsOf([short], { a: 3 })).toEqual(['0'])
  })

  it('rules nothing out by what need not hold, nor by long lists', () => {
    expect(idsOf([equality, other], { a: 2 }, 'OR')).toEqual(['0'])
    expect(idsOf([{ none: [equality] }], { a: 2 })).toEqual(['0'])
    const long = Array.from({ length: indexedListItemsMax + 1 }, (_, index) => index)
    expect(idsOf([{ field: 'a', operator: 'in', value: long }], { a: -1 })).toEqual(['0'])
  })

  it('gives rules in the order of the set, wherever it found them', () => {
    const set = compileRuleSet([
      published({ conditions: [equality], on: ['t'] }, 0),
      published({ always: true }, 1),
      published({ conditions: [{ field: 'b', operator: '==', value: 1 }], on: ['t', 'u'] }, 2),
      published({ always: true, on: ['t'] }, 3),
    ])
    expect(set.matches('t', { a: 1, b: 1 }).map((found) => found.id)).toEqual(['0', '1', '2', '3'])
    expect(set.candidates('u', { a: 1, b: 1 }).map((found) => found.id)).toEqual(['1', '2'])
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
