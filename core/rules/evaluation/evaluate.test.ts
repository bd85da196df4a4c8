import { describe, expect, it } from 'vitest'
import type { Facts } from '../language/facts.ts'
import { listItemsMax, tracedListItemsMax, tracedTextCodeUnitsMax } from '../language/limits.ts'
import { type OperatorName, operatorNames, operators } from '../language/operators.ts'
import { parseRule } from '../language/parse.ts'
import type { Truth } from '../language/truth.ts'
import { evaluateRule } from './evaluation.fixture.ts'

const actions = [{ type: 'credit', user: 'referrer_id', amount_cents: 1 }]

function evaluate(conditions: readonly unknown[], facts: Facts, logic = 'AND') {
  const result = parseRule(
    { conditions, logic, actions },
    { defaultCurrency: 'USD', timezone: 'UTC' },
  )
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return evaluateRule(result.rule, facts)
}

const compare = (actual: unknown, operator: OperatorName, value: unknown): Truth =>
  evaluate([{ field: 'fact', operator, value }], { fact: actual }).outcome

describe('operators', () => {
  it.each<[unknown, OperatorName, unknown, Truth]>([
    [5, '==', 5, 'true'],
    [5, '==', 6, 'false'],
    ['a', '==', 'a', 'true'],
    [false, '==', false, 'true'],
    [5, '!=', 6, 'true'],
    [5, '!=', 5, 'false'],
    [5, '>', 4, 'true'],
    [5, '>', 5, 'false'],
    [5, '<', 6, 'true'],
    [5, '<', 5, 'false'],
    [5, '>=', 5, 'true'],
    [4, '>=', 5, 'false'],
    [5, '<=', 5, 'true'],
    [6, '<=', 5, 'false'],
    [0.1 + 0.2, '>', 0.3, 'true'],
    ['2027-02-01T00:00:00Z', '>', '2027-01-31T00:00:00Z', 'true'],
    ['b', '<', 'a', 'false'],
    ['b', '>=', 'b', 'true'],
    ['US', 'in', ['US', 'CA'], 'true'],
    ['IN', 'in', ['US', 'CA'], 'false'],
    ['IN', 'not_in', ['US', 'CA'], 'true'],
    ['US', 'not_in', ['US', 'CA'], 'false'],
    [1, 'in', ['1', 1], 'true'],
    ['gold member', 'contains', 'gold', 'true'],
    ['silver', 'contains', 'gold', 'false'],
    [['gold', 'vip'], 'contains', 'vip', 'true'],
    [['gold', 'vip'], 'contains', 'silver', 'false'],
    [[], 'contains', 'vip', 'false'],
    [['gold', null], 'contains', 'gold', 'true'],
    [0, '==', -0, 'true'],
    ['5', '==', '5', 'true'],
    ['a', '<', 'b', 'true'],
    ['\u{1f331}', '<', '\uff5e', 'true'],
  ])('%j %s %j is %s', (actual, operator, value, expected) => {
    expect(compare(actual, operator, value)).toBe(expected)
  })

  it.each<[unknown, OperatorName, unknown]>([
    ['5', '==', 5],
    [5, '!=', '5'],
    [true, '==', 'true'],
    ['5', '>', 4],
    [5, '<', 'b'],
    [true, '>=', 1],
    [{}, '==', 'a'],
    [['a'], '==', 'a'],
    [['a'], 'in', ['a']],
    [5, 'in', ['5']],
    [5, 'not_in', ['US']],
    [{}, 'not_in', ['US']],
    [5, 'contains', '5'],
    [['gold', 1], 'contains', '1'],
    [[null], 'contains', 'a'],
    [[{}], 'contains', 'a'],
    [[['a']], 'contains', 'a'],
    [Array(listItemsMax + 1).fill('a'), 'contains', 'b'],
    ['5', 'contains', 5],
    [{ a: 1 }, 'contains', 'a'],
  ])('%j %s %j is unknown: the types differ', (actual, operator, value) => {
    expect(compare(actual, operator, value)).toBe('unknown')
  })

  const values = {
    list: ['a'],
    range: ['a', 'b'],
    time: '2027-01-31',
    duration: 'P1D',
  } as Readonly<Record<string, unknown>>

  it.each(operatorNames.filter((operator) => operators[operator].takes !== 'nothing'))(
    '%s is unknown of a fact that is missing or null',
    (operator) => {
      const value = values[operators[operator].takes] ?? 'a'
      expect(compare(null, operator, value)).toBe('unknown')
      expect(evaluate([{ field: 'other', operator, value }], { fact: 'a' }).outcome).toBe('unknown')
    },
  )
})

/** Each kind of fact, and the expected values with which it can be compared. */
const kinds: readonly { actual: unknown; isComparable: (expected: unknown) => boolean }[] = [
  { actual: 'b', isComparable: (expected) => typeof expected === 'string' },
  { actual: 5, isComparable: (expected) => typeof expected === 'number' },
  { actual: 5.5, isComparable: (expected) => typeof expected === 'number' },
  { actual: false, isComparable: (expected) => typeof expected === 'boolean' },
  { actual: Number.POSITIVE_INFINITY, isComparable: () => false },
  { actual: {}, isComparable: () => false },
  { actual: ['b'], isComparable: () => false },
  { actual: null, isComparable: () => false },
  { actual: undefined, isComparable: () => false },
]

describe('every operator with every kind of fact', () => {
  const scalars = operatorNames.filter((operator) =>
    ['scalar', 'ordered'].includes(operators[operator].takes),
  )
  const pairs = scalars.flatMap((operator) =>
    kinds.flatMap(({ actual, isComparable }) =>
      ['c', 6, true]
        .filter((expected) => expected !== true || ['==', '!='].includes(operator))
        .flatMap((expected) => [
          { operator, actual, expected, isKnown: isComparable(expected) },
          ...(operator === '=='
            ? (['in', 'not_in'] as const).map((list) => ({
                operator: list,
                actual,
                expected: [expected],
                isKnown: isComparable(expected),
              }))
            : []),
        ]),
    ),
  )

  it.each(pairs)('$operator of $actual and $expected is known: $isKnown', (pair) => {
    const outcome = compare(pair.actual, pair.operator, pair.expected)
    expect(outcome !== 'unknown').toBe(pair.isKnown)
  })
})

describe('unknown never pays', () => {
  const missing = { field: 'referred.country', operator: '!=', value: 'US' }
  const met = { field: 'a', operator: '==', value: 1 }
  const unmet = { field: 'a', operator: '==', value: 2 }

  it.each([
    ['a country that was not sent is not “not US”', [missing], 'unknown'],
    ['under a negation', [{ none: [missing] }], 'unknown'],
    ['under two negations', [{ none: [{ none: [missing] }] }], 'unknown'],
    ['beside what is met', [met, missing], 'unknown'],
    ['as one of several', [{ any: [unmet, missing] }], 'unknown'],
    [
      'a list that holds what is no text has not been shown to lack it',
      [{ none: [{ field: 'tags', operator: 'contains', value: 'fraud' }] }],
      'unknown',
    ],
    [
      'a number past all numbers (1e999) is not more than another',
      [{ field: 'huge', operator: '>', value: 5 }],
      'unknown',
    ],
  ] as const)('%s', (_what, conditions, expected) => {
    const facts = { a: 1, tags: [null], huge: JSON.parse('1e999') as unknown }
    expect(evaluate(conditions, facts).outcome).toBe(expected)
  })

  it('and it does not hide what is known: false decides an AND, true an OR', () => {
    expect(evaluate([unmet, missing], { a: 1 }).outcome).toBe('false')
    expect(evaluate([met, missing], { a: 1 }, 'OR').outcome).toBe('true')
    expect(evaluate([{ none: [met, missing] }], { a: 1 }).outcome).toBe('false')
  })
})

describe('facts', () => {
  it('are own members alone: nothing that every object has can be read', () => {
    for (const field of ['toString', 'a.length', 'hasOwnProperty', 'list.0', 'text.length']) {
      const { outcome } = evaluate([{ field, operator: '!=', value: 'x' }], {
        a: {},
        list: ['y'],
        text: 'z',
      })
      expect(outcome).toBe('unknown')
    }
    const inherited = Object.create({ a: 1 }) as Facts
    expect(evaluate([{ field: 'a', operator: '==', value: 1 }], inherited).outcome).toBe('unknown')
  })
})

describe('the trace', () => {
  it('says of every condition what was expected, what was found and what it means', () => {
    const { conditions } = evaluate(
      [
        { field: 'referrer.is_paid_user', operator: '==', value: true },
        {
          any: [
            { field: 'purchase.amount_cents', operator: '>', value: 100 },
            { field: 'country', operator: 'in', value: ['US', 'CA'] },
          ],
        },
        { field: 'note', operator: 'contains', value: 'x' },
        { field: 'age', operator: '>', value: 18 },
      ],
      { referrer: { is_paid_user: true }, purchase: { amount_cents: 50 }, note: null, age: '19' },
    )
    expect(
      conditions.map(({ node, outcome, actual, detail }) => ({ node, outcome, actual, detail })),
    ).toEqual([
      {
        node: '/conditions/0',
        outcome: 'true',
        actual: true,
        detail: 'met: referrer.is_paid_user is true.',
      },
      {
        node: '/conditions/1/any/0',
        outcome: 'false',
        actual: 50,
        detail: 'not met: purchase.amount_cents is 50; met when it is more than 100.',
      },
      {
        node: '/conditions/1/any/1',
        outcome: 'unknown',
        actual: null,
        detail: 'unknown: country was not in the event; met when it is one of "US", "CA".',
      },
      {
        node: '/conditions/2',
        outcome: 'unknown',
        actual: null,
        detail: 'unknown: note was null; met when it contains "x".',
      },
      {
        node: '/conditions/3',
        outcome: 'unknown',
        actual: '19',
        detail: 'unknown: age is "19", which cannot be compared; met when it is more than 18.',
      },
    ])
  })

  it('shortens what is long, and says the value of a condition that was met by more than equality', () => {
    const { conditions } = evaluate([{ field: 'text', operator: 'contains', value: 'x' }], {
      text: 'x'.repeat(200),
    })
    expect(conditions[0]?.detail).toMatch(/^met: text contains "x"; it is "x{79}…\.$/)
  })
})

describe('evaluation is bounded', () => {
  const read = (fact: unknown) =>
    evaluate([{ field: 'fact', operator: '==', value: 5 }], { fact }).conditions[0]

  // Stringifying the fact would end the stack, and with it the batch that the event is part of.
  it('by facts of any depth', () => {
    let list: unknown = 1
    let object: unknown = 1
    for (let depth = 0; depth < 20_000; depth++) {
      list = [list]
      object = { a: object }
    }
    expect(read(list)).toMatchObject({ outcome: 'unknown', actual: null })
    expect(read(object)).toMatchObject({ outcome: 'unknown', actual: null })
    expect(read([list])?.detail).toContain('fact is a list, which cannot be compared')
    expect(read(object)?.detail).toContain('fact is an object, which cannot be compared')
  })

  // Hundreds of conditions on one large fact would make a trace of hundreds of its copies.
  it('in what the trace repeats of the event', () => {
    expect(read({ note: 'x' })?.actual).toBeNull()
    expect(read(['a', 1, true])?.actual).toEqual(['a', 1, true])
    expect(read([])).toMatchObject({
      actual: [],
      detail: 'unknown: fact is an empty list, which cannot be compared; met when it is 5.',
    })
    expect(read(Array(tracedListItemsMax).fill(1))?.actual).toHaveLength(tracedListItemsMax)
    expect(read(Array(tracedListItemsMax + 1).fill(1))?.actual).toBeNull()
    expect(read('x'.repeat(tracedTextCodeUnitsMax))?.actual).toBe(
      'x'.repeat(tracedTextCodeUnitsMax),
    )
    expect(read('x'.repeat(tracedTextCodeUnitsMax + 1))?.actual).toBe(
      `${'x'.repeat(tracedTextCodeUnitsMax)}…`,
    )
  })

  // PostgreSQL refuses half a surrogate pair in JSON, so a decision with one could not be stored.
  it('without half characters where long text is cut', () => {
    for (const text of ['🌱'.repeat(1_000), `x${'🌱'.repeat(1_000)}`]) {
      const trace = read(text)
      expect(trace?.detail.isWellFormed()).toBe(true)
      expect(String(trace?.actual).isWellFormed()).toBe(true)
      const contained = evaluate([{ field: 'fact', operator: 'contains', value: '🌱' }], {
        fact: text,
      })
      expect(contained.conditions[0]?.detail.isWellFormed()).toBe(true)
    }
  })
})
