import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from './naive-conditions.fixture.ts'
import { judgeNaively, type NaiveInput } from './naive-interpreter.fixture.ts'

const data = {
  referrer_id: 'alice',
  referred_id: 'bob',
  text: 'café',
  list: [1, 'a', null],
  day: '2027-01-30',
  nothing: null,
  purchase: { amount_cents: 12_345, currency: 'USD', other_cents: 12_345 },
}
const credit: JsonObject = { type: 'credit', user: 'referrer_id', amount_cents: 100 }
const always = (more: JsonObject = {}): JsonObject => ({ always: true, actions: [credit], ...more })

function judge(rules: readonly JsonObject[], given: Partial<NaiveInput> = {}) {
  return judgeNaively({
    rules: rules.map((json, index) => ({ id: `r${index}`, json })),
    event: { type: 'purchase', occurred_at: '2027-01-31T12:00:00Z', data },
    history: () => undefined,
    limitsUsed: () => ({ count: 0, amountCents: 0n }),
    timezone: 'UTC',
    defaultCurrency: 'USD',
    ...given,
  })
}

/** What is paid, as rule:action:user:cents. */
const paid = (rules: readonly JsonObject[], given: Partial<NaiveInput> = {}) =>
  judge(rules, given).flatMap(({ payments }) =>
    payments.map((one) => `${one.ruleId}:${one.actionIndex}:${one.userId}:${one.amountCents}`),
  )

// The judge of the engine is itself only believed after it was compared with answers worked out by hand.
describe('the naive interpreter agrees with answers worked out by hand', () => {
  it.each<[string, string, Json | undefined, boolean | null]>([
    ['text', '==', 'café', true],
    ['text', '!=', 'cafe', true],
    ['absent', '!=', 'x', null],
    ['nothing', '!=', 'x', null],
    ['text', '==', 1, null],
    ['purchase.amount_cents', '>', 12_344, true],
    ['purchase.amount_cents', '>=', 12_346, false],
    ['purchase.amount_cents', '==', { field: 'purchase.other_cents' }, true],
    ['purchase.amount_cents', '>', { field: 'absent' }, null],
    ['text', 'in', [1, 'café'], true],
    ['text', 'not_in', [1], null],
    ['list', 'contains', 'a', true],
    ['list', 'not_contains', 'b', null],
    ['text', 'starts_with', 'ca', true],
    ['text', 'ends_with', 'ca', false],
    ['text', 'matches', '^c.f', true],
    ['purchase.amount_cents', 'between', [12_345, 12_345], true],
    ['day', 'between', ['2027-01-30', '2027-01-30'], true],
    ['nothing', 'exists', undefined, false],
    ['absent', 'missing', undefined, true],
    ['day', 'before', '2027-01-30T00:00:01+00:00', true],
    ['text', 'after', '2027-01-30', null],
    ['day', 'within_last', 'P1D', false],
    ['day', 'within_last', 'P1DT13H', true],
  ])('%s %s %j', (field, operator, value, truth) => {
    const condition = value === undefined ? { field, operator } : { field, operator, value }
    const [result] = judge([{ conditions: [{ none: [condition] }], actions: [credit] }])
    expect(result?.nodes['/conditions/0/none/0']).toBe(truth)
    expect(result?.outcome).toBe(truth === null ? null : !truth)
  })

  it.each<[string, JsonObject, string]>([
    ['percent, down', { percent: 10, of: 'purchase.amount_cents' }, '1234'],
    ['percent, half up', { percent: 10, of: 'purchase.amount_cents', round: 'half_up' }, '1235'],
    [
      'percent, half even',
      { percent: 10, of: 'purchase.amount_cents', round: 'half_even' },
      '1234',
    ],
    ['percent, up to a bound', { percent: 50, of: 'purchase.amount_cents', max_cents: 500 }, '500'],
    [
      'whole tiers',
      {
        by: 'purchase.amount_cents',
        tiers: [
          { from: 0, amount_cents: 1 },
          { from: 12_345, amount_cents: 2 },
        ],
      },
      '2',
    ],
    [
      'marginal tiers',
      {
        by: 'purchase.amount_cents',
        mode: 'marginal',
        tiers: [
          { from: 345, percent: 1 },
          { from: 10_345, percent: 10 },
        ],
      },
      '300',
    ],
    [
      'the greater',
      { greater_of: [{ amount_cents: 5 }, { percent: 0.1, of: 'purchase.amount_cents' }] },
      '12',
    ],
    [
      'the smaller',
      { smaller_of: [{ amount_cents: 5 }, { percent: 0.1, of: 'purchase.amount_cents' }] },
      '5',
    ],
    [
      'a third',
      { every: 3, count: { event: 'purchase', for: 'referrer' }, amount: { amount_cents: 9 } },
      '9',
    ],
  ])('%s', (_name, amount, cents) => {
    const rule = always({ actions: [{ type: 'credit', user: 'referrer_id', amount }] })
    expect(paid([rule], { history: () => 3 })).toEqual([`r0:0:alice:${cents}`])
  })

  it('an amount that is unknown, in another currency, or nothing', () => {
    const percent = (of: string, currency: string) =>
      always({
        actions: [{ type: 'credit', user: 'referrer_id', currency, amount: { percent: 1, of } }],
      })
    expect(paid([percent('absent', 'USD'), percent('purchase.amount_cents', 'EUR')])).toEqual([])
    const second = {
      every: 2,
      count: { event: 'purchase', for: 'referrer' },
      amount: { amount_cents: 9 },
    }
    const rule = always({ actions: [{ type: 'credit', user: 'referrer_id', amount: second }] })
    expect(paid([rule], { history: () => 3 })).toEqual([])
  })

  it('schedules by the clocks of their zone', () => {
    // Noon in UTC on a Sunday is half past five in the afternoon in Kolkata.
    const hours = (from: string, to: string) =>
      judge([
        always({
          schedule: { timezone: 'Asia/Kolkata', weekdays: ['sun'], hours: [{ from, to }] },
        }),
      ])[0]?.standing
    expect(hours('17:30', '17:31')).toBe('asked')
    expect(hours('09:00', '17:30')).toBe('not_scheduled')
    expect(hours('17:00', '01:00')).toBe('asked')
  })

  it('the same share of users for the same name', () => {
    const share = (name: string, percent: number) => always({ rollout: { percent, name } })
    const of = (rule: JsonObject) =>
      Array.from({ length: 1_000 }, (_, index) => index).filter((index) => {
        const event = {
          type: 'a',
          occurred_at: '2027-01-31T12:00:00Z',
          data: { referrer_id: `u${index}` },
        }
        return judge([rule], { event })[0]?.standing === 'asked'
      })
    expect(of(share('x', 50)).length).toBeGreaterThan(430)
    expect(of(share('x', 50)).length).toBeLessThan(570)
    expect(of(share('x', 50))).toEqual(expect.arrayContaining(of(share('x', 20))))
    expect(of(share('y', 50))).not.toEqual(of(share('x', 50)))
  })

  it('guards, modifiers and stacking', () => {
    const inGroup = (cents: number, mode: string, priority = 0) =>
      always({
        actions: [{ ...credit, amount_cents: cents }],
        stacking: { group: 'g', mode },
        priority,
      })
    const deny = always({ actions: [{ type: 'deny', reason: 'no', group: 'g' }] })
    expect(paid([inGroup(5, 'all'), always(), deny])).toEqual(['r1:0:alice:100'])
    const half = always({ actions: [{ type: 'multiply', factor: 1.5, max_cents: 120 }] })
    expect(paid([inGroup(5, 'all'), always(), half])).toEqual(['r0:0:alice:7', 'r1:0:alice:120'])
    expect(paid([inGroup(5, 'first'), inGroup(6, 'first', 1)])).toEqual(['r1:0:alice:6'])
    expect(paid([inGroup(6, 'highest'), inGroup(5, 'highest', 1)])).toEqual(['r0:0:alice:6'])
    expect(paid([inGroup(6, 'highest'), inGroup(6, 'highest', 1)])).toEqual(['r1:0:alice:6'])
  })

  it('limits, clipped by what was used before and in the same event', () => {
    const limit = (more: JsonObject) => always({ actions: [credit, credit], limits: [more] })
    const limitsUsed = () => ({ count: 1, amountCents: 50n })
    expect(paid([limit({ per: 'user', max_count: 2 })], { limitsUsed })).toEqual(['r0:0:alice:100'])
    expect(paid([limit({ per: 'pair', max_count: 1 })], { limitsUsed })).toEqual([])
    const budget = { per: 'rule', max_amount_cents: 220 }
    expect(paid([limit(budget)], { limitsUsed })).toEqual(['r0:0:alice:100', 'r0:1:alice:70'])
    expect(paid([limit({ ...budget, when_short: 'refuse' })], { limitsUsed })).toEqual([
      'r0:0:alice:100',
    ])
    const program = { per: 'program', max_amount_cents: 200 }
    expect(
      paid([always({ limits: [program] }), always({ limits: [program] })], { limitsUsed }),
    ).toEqual(['r0:0:alice:100', 'r1:0:alice:50'])
  })

  it('shadow rules beside the live ones, which do not see them', () => {
    const program = [{ per: 'program', max_amount_cents: 100 }]
    const shadow = always({ mode: 'shadow', limits: program, priority: 1 })
    expect(paid([always({ limits: program }), shadow])).toEqual([
      'r1:0:alice:100',
      'r0:0:alice:100',
    ])
  })
})
