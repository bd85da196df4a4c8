import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPay } from '../language/rule.ts'
import { amountDue, divide } from './amount.ts'
import { parsed } from './evaluation.fixture.ts'
import type { History } from './history.ts'

function due(
  amount: object,
  facts: Readonly<Record<string, unknown>>,
  history: History = () => ({ kind: 'unknown', reason: 'the test has no history' }),
) {
  const { actions } = parsed({
    always: true,
    actions: [{ type: 'credit', user: 'u', currency: 'USD', ...amount }],
  })
  const action = actions.find(isPay)
  if (!action) throw new Error('the rule pays nothing')
  const result = amountDue(action.amount, { facts, history, currency: 'USD' })
  return result.kind === 'due' ? result.cents : result.reason
}
const percent = { percent: 10, of: 'purchase.amount_cents' }
const bought = (cents: unknown, currency?: string) => ({
  purchase: { amount_cents: cents, ...(currency === undefined ? {} : { currency }) },
})
const known =
  (value: number): History =>
  () => ({ kind: 'known', value })

describe('a percentage', () => {
  it.each<[string, number, bigint]>([
    ['down', 15, 1n],
    ['up', 11, 2n],
    ['half_up', 15, 2n],
    ['half_up', 14, 1n],
    ['half_even', 15, 2n],
    ['half_even', 25, 2n],
    ['half_even', 26, 3n],
    ['up', 10, 1n],
  ])('rounds %s: a tenth of %i is %i', (round, cents, expected) => {
    expect(due({ amount: { ...percent, round } }, bought(cents))).toBe(expected)
  })

  it('is exact with two decimals, up to the largest amounts', () => {
    const amount = { percent: 33.33, of: 'purchase.amount_cents' }
    expect(due({ amount }, bought(10_000))).toBe(3_333n)
    const all = { percent: 100, of: 'purchase.amount_cents' }
    expect(due({ amount: all }, bought(Number.MAX_SAFE_INTEGER))).toBe(
      BigInt(Number.MAX_SAFE_INTEGER),
    )
  })

  it('stays within its bounds', () => {
    const amount = { ...percent, min_cents: 100, max_cents: 500 }
    expect(due({ amount }, bought(0))).toBe(100n)
    expect(due({ amount }, bought(3_000))).toBe(300n)
    expect(due({ amount }, bought(1_000_000))).toBe(500n)
  })

  it.each([undefined, null, '100', 1.5, -1, 1e300, Number.NaN, {}, [100], true])(
    'is unknown of %j',
    (value) => {
      expect(due({ amount: percent }, bought(value))).toEqual(
        expect.stringContaining('purchase.amount_cents'),
      )
    },
  )

  // Ten percent of 1,000 yen is not 100 cents.
  it('is unknown of a fact in another currency', () => {
    expect(due({ amount: percent }, bought(1_000, 'JPY'))).toBe(
      'purchase.amount_cents is in JPY, the action is in USD.',
    )
    expect(due({ amount: percent }, bought(1_000, 'USD'))).toBe(100n)
    expect(due({ amount: { percent: 10, of: 'total' } }, { total: 50, currency: 'EUR' })).toBe(
      'total is in EUR, the action is in USD.',
    )
  })

  it('is unknown where it passes the numbers that are exact', () => {
    const amount = { percent: 150, of: 'purchase.amount_cents' }
    expect(due({ amount }, bought(Number.MAX_SAFE_INTEGER))).toContain('is more than')
  })
})

describe('tiers', () => {
  const whole = {
    tiers: [
      { from: 0, amount_cents: 100 },
      { from: 5, percent: 10, of: 'purchase.amount_cents' },
    ],
    by: { count: { event: 'referral.qualified', for: 'referrer' } },
  }

  it('pay by the one that the fact falls into', () => {
    expect(due({ amount: whole }, bought(9_000), known(4))).toBe(100n)
    expect(due({ amount: whole }, bought(9_000), known(5))).toBe(900n)
  })

  it('pay nothing below the first, whatever the least amount is', () => {
    const from = { tiers: [{ from: 10, amount_cents: 100 }], by: 'level', min_cents: 50 }
    expect(due({ amount: from }, { level: 9 })).toBe(0n)
    expect(due({ amount: from }, { level: 10 })).toBe(100n)
  })

  it('are unknown where the fact is, or is below zero', () => {
    expect(due({ amount: whole }, bought(9_000))).toContain('the test has no history')
    expect(due({ amount: whole }, bought(9_000), known(-1))).toContain('below zero')
    expect(due({ amount: { ...whole, by: 'level' } }, {})).toBe('level was not in the event.')
    expect(due({ amount: whole }, {}, known(7))).toBe('purchase.amount_cents was not in the event.')
  })

  const marginal = {
    tiers: [
      { from: 1_000, percent: 10 },
      { from: 2_000, percent: 20 },
    ],
    by: 'purchase.amount_cents',
    mode: 'marginal',
  }

  it.each<[number, bigint]>([
    [999, 0n],
    [1_000, 0n],
    [1_500, 50n],
    [2_000, 100n],
    [3_000, 300n],
  ])('that are marginal pay each part of %i by its own share: %i', (cents, expected) => {
    expect(due({ amount: marginal }, bought(cents))).toBe(expected)
  })

  it('that are marginal round once, not in each tier', () => {
    const tiers = [0, 1, 2, 3].map((from) => ({ from, percent: 25 }))
    expect(due({ amount: { ...marginal, tiers } }, bought(4))).toBe(1n)
    expect(due({ amount: marginal }, {})).toContain('was not in the event')
  })
})

describe('several amounts', () => {
  it('pay the greater or the smaller one', () => {
    const both = [{ amount_cents: 300 }, percent]
    expect(due({ amount: { greater_of: both } }, bought(9_000))).toBe(900n)
    expect(due({ amount: { smaller_of: both } }, bought(9_000))).toBe(300n)
    expect(due({ amount: { greater_of: both } }, bought(1_000))).toBe(300n)
  })

  it('are unknown where one of them is', () => {
    expect(due({ amount: { greater_of: [{ amount_cents: 300 }, percent] } }, {})).toContain(
      'purchase.amount_cents',
    )
  })
})

describe('every n-th', () => {
  const third = {
    every: 3,
    count: { event: 'purchase', for: 'user' },
    amount: { amount_cents: 500 },
  }

  it.each([
    [0, 0n],
    [1, 0n],
    [3, 500n],
    [4, 0n],
    [6, 500n],
  ])('of 3 pays at %i: %i', (count, expected) => {
    expect(due({ amount: third }, {}, known(count))).toBe(expected)
  })

  it('is unknown where the count is', () => {
    expect(due({ amount: third }, {})).toBe('The count cannot be told: the test has no history.')
  })
})

describe('division', () => {
  // Of a split in two, one part rounded down and the other up, nothing is lost and nothing is made.
  it('rounds to the two neighbours, and they differ by what is left over', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 20n), fc.bigInt(1n, 10n ** 6n), (dividend, divisor) => {
        const [down, up] = [divide(dividend, divisor, 'down'), divide(dividend, divisor, 'up')]
        expect(up - down).toBe(dividend % divisor === 0n ? 0n : 1n)
        for (const rounding of ['half_up', 'half_even'] as const) {
          const rounded = divide(dividend, divisor, rounding)
          expect([down, up]).toContain(rounded)
          const error = rounded * divisor - dividend
          expect(2n * (error < 0n ? -error : error)).toBeLessThanOrEqual(divisor)
        }
      }),
    )
  })
})
