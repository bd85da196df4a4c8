import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsed } from '../evaluation/evaluation.fixture.ts'
import { arbitraryRuleJson } from '../language/rule.fixture.ts'
import { describeRule } from './describe-rule.ts'
import { moneyText } from './money-text.ts'

const credit = { type: 'credit', user: 'referrer_id', amount_cents: 50_000 }
const said = (given: object) =>
  describeRule(parsed({ always: true, actions: [credit], ...given })).map(({ text }) => text)
const paid = (given: object) =>
  said({ actions: [{ type: 'credit', user: 'user_id', ...given }] })[2]
const computed = (amount: object) => paid({ amount })?.replace('Pay user_id ', '')
const when = (condition: object) => said({ always: undefined, conditions: [condition] })[1]
const count = (given: object = {}) => ({ event: 'purchase', for: 'user', ...given })

describe('a rule in sentences', () => {
  // The sentences are what a marketer signs: what they leave out nobody has agreed to.
  it('says every part of it in order, each with its place', () => {
    const json = {
      on: ['purchase.completed', 'trial.started'],
      conditions: [
        { field: 'referrer.is_paid_user', operator: '==', value: true },
        {
          any: [
            { field: 'a', operator: '>', value: 5 },
            { field: 'b', operator: 'exists' },
          ],
        },
      ],
      actions: [{ ...credit, reward_id: 'bonus', hold: 'P14D', expires_after: 'P1Y' }],
      limits: [{ per: 'user', within: 'month', max_count: 10 }],
      schedule: {
        starts_at: '2027-11-20T00:00:00Z',
        weekdays: ['mon', 'fri'],
        timezone: 'Asia/Kolkata',
      },
      priority: 5,
      stacking: { group: 'season', mode: 'highest' },
      terms: 'at_referral',
      mode: 'shadow',
      rollout: { percent: 12.5 },
      hold_out: { percent: 5, by: 'user', name: 'spring' },
    }
    expect(describeRule(parsed(json)).map(({ pointer, text }) => `${pointer} ${text}`)).toEqual([
      '/on For events of the type purchase.completed or trial.started.',
      '/conditions When all of these hold:',
      '/conditions/0 – referrer.is_paid_user is true.',
      '/conditions/1 – any of (a is more than 5; b is given).',
      '/actions/0 Pay referrer_id 500.00 USD as bonus, held for 14 days, to be spent within 1 year.',
      '/limits/0 At most 10 rewards for each user in a calendar month.',
      '/schedule It holds from 2027-11-20T00:00:00.000Z, on Monday or Friday (Asia/Kolkata).',
      '/priority Its priority is 5.',
      '/stacking In the group season it pays only where none of the group pays more.',
      '/terms The version counts that was in force when the referral began.',
      '/mode It is only tried out: what it would pay is recorded and not paid.',
      '/rollout It is rolled out to 12.5 % of referrers.',
      '/hold_out 5 % of users (spring) are held out and never paid, to compare with.',
    ])
  })

  it('says little of a rule that says little', () => {
    expect(said({})).toEqual([
      'For events of every type.',
      'Whatever the event says.',
      'Pay referrer_id 500.00 USD.',
    ])
  })

  it.each<[object, string]>([
    [{ field: 'a', operator: '==', value: 'x' }, 'a is x'],
    [{ field: 'a', operator: '==', value: '' }, 'a is ""'],
    [{ field: 'a', operator: '!=', value: true }, 'a is not true'],
    [
      { field: 'a', operator: 'in', value: ['x', 1, 2, 3, 4, 5, 6] },
      'a is one of x, 1, 2, 3, 4 and 2 more',
    ],
    [{ field: 'a', operator: 'between', value: [1, 5] }, 'a is between 1 and 5'],
    [{ field: 'a', operator: 'missing' }, 'a is not given'],
    [
      { field: 'a', operator: 'within_last', value: 'P1Y2M3DT4H' },
      'a is within the last 1 year and 2 months and 3 days and 4 hours',
    ],
    [{ field: 'a', operator: '>=', value: { field: 'b' } }, 'a is at least b'],
    [{ none: [{ all: [{ field: 'a', operator: 'exists' }] }] }, 'none of (all of (a is given))'],
    [
      { count: count(), operator: '>=', value: 3 },
      'the number of purchase of the user ever is at least 3',
    ],
  ])('says %j', (condition, text) => {
    expect(when(condition)).toBe(`When ${text}.`)
  })

  it('says how conditions are joined', () => {
    const two = [1, 2].map((value) => ({ field: 'a', operator: '==', value }))
    expect(said({ always: undefined, conditions: two, logic: 'OR' })[1]).toBe(
      'When one of these holds:',
    )
  })

  it.each<[object, string]>([
    [{ percent: 10, of: 'a' }, '10 % of a.'],
    [
      { percent: 2.5, of: 'a', round: 'half_even', min_cents: 5, max_cents: 100 },
      '2.5 % of a, rounded to the nearest even, at least 0.05 USD, at most 1.00 USD.',
    ],
    [
      {
        tiers: [
          { from: 0, amount_cents: 5 },
          { from: 9, percent: 1, of: 'a' },
        ],
        by: 'a',
        max_cents: 7,
      },
      'by a: 0.05 USD from 0, 1 % of a from 9, at most 0.07 USD.',
    ],
    [
      {
        tiers: [
          { from: 0, percent: 5 },
          { from: 9, percent: 1 },
        ],
        by: 'a',
        mode: 'marginal',
        round: 'up',
      },
      'of a, each part by its own tier: 5 % of what is above 0, 1 % of what is above 9, rounded up.',
    ],
    [
      { greater_of: [{ amount_cents: 5 }, { amount_cents: 7 }] },
      'the greatest of (0.05 USD; 0.07 USD).',
    ],
    [
      { smaller_of: [{ amount_cents: 5 }, { amount_cents: 7 }] },
      'the smallest of (0.05 USD; 0.07 USD).',
    ],
    [
      { every: 3, count: count(), amount: { amount_cents: 5 } },
      '0.05 USD whenever the number of purchase of the user ever is a multiple of 3.',
    ],
  ])('says the amount %j', (amount, text) => {
    expect(computed(amount)).toBe(text)
  })

  it.each<[object, string]>([
    [{ type: 'debit', user: 'a', amount_cents: 5, reward_id: 'fee' }, 'Charge a 0.05 USD as fee.'],
    [
      { ...credit, hold: { until: 'trial.ended' } },
      'Pay referrer_id 500.00 USD, held until trial.ended of the same referred_id.',
    ],
    [
      { ...credit, hold: { until: 'paid', match: 'a', at_most: 'P1D' } },
      'Pay referrer_id 500.00 USD, held until paid of the same a, for 1 day at most.',
    ],
    [{ type: 'deny', reason: 'Too many.' }, 'Deny all other rules: Too many.'],
    [
      { type: 'deny', reason: 'Too many.', group: 'x', on_unknown: 'deny' },
      'Deny the rules of x, also where it is not known: Too many.',
    ],
    [{ type: 'multiply', factor: 1.5 }, 'Multiply the credits of all other rules by 1.5.'],
    [
      { type: 'multiply', factor: 2, group: 'x', max_cents: 7 },
      'Multiply the credits of the rules of x by 2, up to 7 minor units each.',
    ],
  ])('says the action %j', (action, text) => {
    expect(said({ actions: [action] })[2]).toBe(text)
  })

  it.each<[object, string]>([
    [{ per: 'pair', max_count: 1 }, 'At most 1 paying event for each referrer and referred user.'],
    [
      { per: 'rule', max_amount_cents: 100, when_spent: 'pause' },
      'At most 1.00 USD in all. When it is spent the rule pauses.',
    ],
    [
      { per: 'program', max_count: 2, max_amount_cents: 100, when_short: 'refuse', within: 'P1D' },
      'At most 2 paying events and 1.00 USD in the whole program in 1 day. What does not fit in is not paid.',
    ],
    [{ per: 'action', max_count: 2 }, 'At most 2 rewards for each of its actions.'],
  ])('says the limit %j', (limit, text) => {
    expect(said({ limits: [limit] })[3]).toBe(text)
  })

  it('says schedules, groups and shares', () => {
    const schedule = { ends_at: '2027-11-20T00:00:00Z', hours: [{ from: '09:00', to: '17:30' }] }
    expect(said({ schedule })[3]).toBe(
      'It holds until 2027-11-20T00:00:00.000Z, between 09:00 and 17:30 (UTC).',
    )
    const stacked = (mode: string) => said({ stacking: { group: 'x', mode } })[3]
    expect(stacked('all')).toBe('In the group x it pays beside the others of it.')
    expect(stacked('first')).toBe(
      'In the group x it pays only where none of the group goes before it.',
    )
    expect(said({ rollout: { percent: 1, by: 'referred' } })[3]).toBe(
      'It is rolled out to 1 % of referred users.',
    )
  })

  it('is the same each time, short, and says nothing of undefined', () => {
    fc.assert(
      fc.property(arbitraryRuleJson(), (json) => {
        const sentences = describeRule(parsed(json))
        expect(describeRule(parsed(json))).toEqual(sentences)
        for (const { text } of sentences) expect(text).not.toMatch(/undefined|null|NaN|\[object/)
      }),
      { numRuns: 300 },
    )
  })
})

describe('money', () => {
  it.each([
    [5, 'USD', '0.05 USD'],
    [100_000_050, 'USD', '1,000,000.50 USD'],
    [1_000, 'JPY', '1,000 JPY'],
    [1_234, 'KWD', '1.234 KWD'],
    [7, '???', '7 ???'],
  ])('of %i minor units of %s is %s', (cents, currency, text) => {
    expect(moneyText(cents, currency)).toBe(text)
  })
})
