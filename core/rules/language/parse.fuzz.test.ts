import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultsMax, listItemsMax, triggersMax } from './limits.ts'
import * as members from './members.ts'
import { operatorNames } from './operators.ts'
import { parseRule } from './parse.ts'
import { action, condition, faultsOf, rule } from './parsing.fixture.ts'
import { alteredAt, placesIn } from './places.fixture.ts'
import { arbitraryRuleJson } from './rule.fixture.ts'

const options = { defaultCurrency: 'USD', timezone: 'UTC' }

/** Parses what may be anything, and holds the answer to what every answer must be. */
function parse(json: unknown): boolean {
  const result = parseRule(json, options)
  if (result.ok) return true
  expect(result.faults.length).toBeGreaterThan(0)
  expect(result.faults.length).toBeLessThanOrEqual(faultsMax + 1)
  for (const { pointer, detail } of result.faults) {
    expect(`${pointer} ${pointsInto(json, pointer)}`).toBe(`${pointer} true`)
    expect(detail).toMatch(/[.?]$/)
    expect(detail.length).toBeLessThan(600)
  }
  return false
}

/** True for an RFC 6901 pointer to a value, or to a member that an object does not have. */
function pointsInto(json: unknown, pointer: string): boolean {
  if (pointer === '') return true
  if (!pointer.startsWith('/')) return false
  let value: unknown = json
  const tokens = pointer.slice(1).split('/')
  for (const [index, token] of tokens.entries()) {
    if (/~(?![01])/.test(token)) return false
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null) return false
    if (!Object.hasOwn(value, name)) return index === tokens.length - 1 && !Array.isArray(value)
    value = (value as Record<string, unknown>)[name]
  }
  return true
}

const names = [...new Set(Object.values(members).flat()), '__proto__', 'constructor', 'prototype']
const words = [
  ...operatorNames,
  'any',
  'lifetime',
  'P1D',
  'PT1H',
  'AND',
  'USD',
  'credit',
  'deny',
  'multiply',
  'marginal',
  'a.b',
  '',
]
const tricky = [
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '\u202eabc',
  '🌱',
  '1',
  'e\u0301',
  '__proto__',
  '~/~1',
  'x'.repeat(5_000),
]
const numbers = [
  0,
  -0,
  1,
  1.000_000_000_1,
  0.1 + 0.2,
  -1,
  2 ** 53,
  1e21,
  5e-324,
  Number.POSITIVE_INFINITY,
  Number.NaN,
]
const leaf = fc.oneof(
  fc.constantFrom<unknown>(...words, ...tricky, ...numbers, null, true, false),
  fc.string({ unit: 'binary' }),
  fc.double(),
)

/** JSON of the names of the language in any order. */
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { maxDepth: 8, depthSize: 'medium', withCrossShrink: true },
    leaf,
    fc.array(tie('anything'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...names, ...tricky.slice(0, 9)), tie('anything')), {
        maxLength: 5,
      })
      // Not assigned, so that __proto__ is a member like any other, as JSON.parse makes it.
      .map((entries) => Object.fromEntries(entries)),
  ),
}))

describe('whatever is written', () => {
  it('is understood or refused with faults that point into it', () => {
    fc.assert(
      fc.property(anything, (json) => void parse(json)),
      { numRuns: 5_000 },
    )
    fc.assert(
      fc.property(fc.anything(), (json) => void parse(json)),
      { numRuns: 1_000 },
    )
  })

  it('is so where one part of a valid rule is anything', () => {
    fc.assert(
      fc.property(arbitraryRuleJson(), fc.nat(), anything, (json, n, part) => {
        const places = placesIn(json)
        parse(alteredAt(json, places[n % places.length] ?? [], part))
      }),
      { numRuns: 2_000 },
    )
  })

  // A member that an object inherits was written by nobody, and must not become a part of a rule.
  it('is refused with a member of every object, in every object of a rule', () => {
    fc.assert(
      fc.property(
        arbitraryRuleJson(),
        fc.nat(),
        fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString'),
        (json, n, name) => {
          const objects = placesIn(json).filter(({ isObject }) => isObject)
          const place = objects[n % objects.length] ?? []
          const altered = alteredAt(json, [...place, name], {
            always: true,
            type: 'credit',
            field: 'a',
          })
          expect(parse(altered)).toBe(false)
          expect(faultsOf(altered)).toContainEqual(
            expect.stringMatching(new RegExp(`/${name} unknown_property$`)),
          )
        },
      ),
      { numRuns: 500 },
    )
    expect(({} as Record<string, unknown>)['always']).toBeUndefined()
  })

  it('takes nothing that an object inherits', () => {
    const inherited = Object.assign(Object.create({ always: true }), { actions: [action] })
    expect(faultsOf(inherited)).toEqual(['/conditions required'])
    const comparison = Object.assign(Object.create({ value: 1 }), { field: 'a', operator: '==' })
    expect(faultsOf(rule({ conditions: [comparison] }))).toEqual(['/conditions/0/value required'])
  })
})

describe('what is deep', () => {
  const depth = 20_000
  const nested = (innermost: unknown, wrap: (inner: unknown) => unknown) => {
    let json = innermost
    for (let count = 0; count < depth; count++) json = wrap(json)
    return json
  }
  const counted = (where: unknown) => ({ event: 'any', for: 'user', where })

  it.each<[string, unknown]>([
    ['groups', rule({ conditions: [nested(condition, (inner) => ({ any: [inner] }))] })],
    [
      'groups of two',
      rule({ conditions: [nested(condition, (inner) => ({ all: [condition, inner] }))] }),
    ],
    [
      'what is counted',
      rule({
        conditions: [
          {
            count: counted([nested(condition, (inner) => ({ none: [inner] }))]),
            operator: '>',
            value: 1,
          },
        ],
      }),
    ],
    [
      'history within history',
      rule({
        conditions: [
          nested(condition, (inner) => ({ count: counted([inner]), operator: '>', value: 1 })),
        ],
      }),
    ],
    [
      'amounts',
      rule({
        actions: [
          {
            ...action,
            amount_cents: undefined,
            amount: nested({ amount_cents: 1 }, (inner) => ({ greater_of: [inner, inner] })),
          },
        ],
      }),
    ],
    [
      'amounts at every n-th',
      rule({
        actions: [
          { ...action, amount: nested({}, (inner) => ({ every: 2, count: {}, amount: inner })) },
        ],
      }),
    ],
    [
      'tiers',
      rule({
        actions: [{ ...action, amount: nested({}, (inner) => ({ tiers: [inner], by: 'a' })) }],
      }),
    ],
    [
      'values',
      rule({ conditions: [{ ...condition, value: nested({}, (inner) => ({ field: inner })) }] }),
    ],
    [
      'lists',
      rule({
        conditions: [{ ...condition, operator: 'in', value: nested([], (inner) => [inner]) }],
      }),
    ],
    ['everything', nested(null, (inner) => [inner])],
    ['schedules', rule({ schedule: nested({}, (inner) => ({ hours: [inner] })) })],
    ['holds', rule({ actions: [{ ...action, hold: nested({}, (inner) => ({ until: inner })) }] })],
  ])('is refused without an end of the stack: %s', (_what, json) => {
    const result = parseRule(json, options)
    expect(result.ok).toBe(false)
  })

  // Beyond the faults that are listed, one more must still be noticed.
  it('is refused after more faults than are listed', () => {
    const where = [nested(condition, (inner) => ({ any: [inner] }))]
    const conditions = [
      ...Array(faultsMax + 10).fill('a'),
      { count: counted(where), operator: '>', value: 1 },
    ]
    expect(faultsOf(rule({ conditions }))).toHaveLength(faultsMax + 1)
  })

  it('is refused where it has no end', () => {
    const group: Record<string, unknown> = {}
    group['all'] = [group, group]
    const amount: Record<string, unknown> = {}
    amount['greater_of'] = [amount, amount]
    const where = [{ any: [group] }]
    const json = rule({
      conditions: [group, { count: counted(where), operator: '>', value: 1 }],
      actions: [{ type: 'credit', user: 'a', amount }],
    })
    expect(faultsOf(json)).not.toEqual([])
  })
})

describe('what is enormous', () => {
  it.each<[string, unknown]>([
    ['members', Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`name${n}`, n]))],
    ['conditions', rule({ conditions: Array(100_000).fill(condition) })],
    ['wrong conditions', rule({ conditions: Array(100_000).fill('a') })],
    [
      'values',
      rule({
        conditions: [{ ...condition, operator: 'in', value: Array(listItemsMax * 10).fill(1) }],
      }),
    ],
    ['triggers', rule({ on: Array(triggersMax * 1_000).fill('a') })],
    ['names', rule({ ['x'.repeat(1_000_000)]: 1 })],
    [
      'text',
      rule({
        conditions: [
          {
            field: 'x'.repeat(1_000_000),
            operator: 'y'.repeat(1_000_000),
            value: 'z'.repeat(1_000_000),
          },
        ],
      }),
    ],
    [
      'patterns',
      rule({
        conditions: Array(400).fill({ field: 'a', operator: 'matches', value: '(.{0,1000}){0,1}' }),
      }),
    ],
  ])('is refused with few faults: %s', (_what, json) => {
    const result = parseRule(json, options)
    expect(result.ok ? [] : result.faults.length).not.toEqual([])
    expect(result.ok ? 0 : result.faults.length).toBeLessThanOrEqual(faultsMax + 1)
  })
})

describe('a number', () => {
  const amounts = [
    '1e999',
    '-0',
    '0',
    '1.0000000001',
    '"1"',
    '9007199254740992',
    '-1',
    'null',
    'true',
    '[1]',
    '1e-7',
  ]

  it.each(amounts)('that is written %s is no amount', (text) => {
    const json: unknown = JSON.parse(
      `{"always":true,"actions":[{"type":"credit","user":"a","amount_cents":${text}}]}`,
    )
    expect(parse(json)).toBe(false)
  })

  // The same number, however it is written.
  it.each(['1', '1.0', '1e0', '10e-1'])('that is written %s is one', (text) => {
    const json: unknown = JSON.parse(
      `{"always":true,"actions":[{"type":"credit","user":"a","amount_cents":${text}}]}`,
    )
    expect(parse(json)).toBe(true)
  })

  it.each(['==', '>', 'contains', 'in', 'between'])(
    'past all numbers is no value of %s',
    (operator) => {
      const json: unknown = JSON.parse(
        `{"conditions":[{"field":"a","operator":"${operator}","value":${['in', 'between'].includes(operator) ? '[1,1e999]' : '1e999'}}],"actions":[{"type":"credit","user":"a","amount_cents":1}]}`,
      )
      expect(faultsOf(json)).toEqual(['/conditions/0/value type'])
    },
  )
})
