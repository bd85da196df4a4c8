import { describe, expect, it } from 'vitest'
import { noTotals } from '../rules/evaluation/history.ts'
import { credit, Judge, published, setOf } from './judgement.fixture.ts'
import { limitUses } from './limits.ts'

const rule = (limits: readonly object[], more: object = {}) => ({
  r: { actions: [credit(100)], limits, ...more },
})
const bob = { user_id: 'bob' }
const paid = (judge: Judge, event: Parameters<Judge['pays']>[0] = {}) => judge.pays(event)['r']

describe('a limit on how often', () => {
  it('for each user leaves the others their room', () => {
    const judge = new Judge(setOf(rule([{ per: 'user', max_count: 2 }])))
    expect([1, 2, 3].map(() => paid(judge))).toEqual([[100], [100], []])
    expect(paid(judge, { data: bob })).toEqual([100])
    const { results } = judge.judge()
    expect(results[0]?.actions[0]?.problem).toEqual({
      code: 'limit_reached',
      detail: 'The limit for this user is reached: 2 of 2 rewards.',
    })
  })

  it('for the rule counts events, however many rewards each of them pays', () => {
    const twoSided = { actions: [credit(100), credit(50, { user: 'friend' })] }
    const judge = new Judge(setOf(rule([{ per: 'rule', max_count: 2 }], twoSided)))
    const event = { data: { friend: 'bob' } }
    expect([1, 2, 3].map(() => paid(judge, event))).toEqual([[100, 50], [100, 50], []])
  })

  it('for each pair is of the referrer with the referred user', () => {
    const judge = new Judge(setOf(rule([{ per: 'pair', max_count: 1 }])))
    const pair = (referred_id: string) => ({ data: { referrer_id: 'ann', referred_id } })
    expect(paid(judge, pair('bob'))).toEqual([100])
    expect(paid(judge, pair('bob'))).toEqual([])
    expect(paid(judge, pair('cem'))).toEqual([100])
    // Nobody has shown that this is not the pair that has had its reward.
    expect(paid(judge, { data: { referrer_id: 'ann' } })).toEqual([])
  })

  it('for the program counts what every rule pays', () => {
    const judge = new Judge(
      setOf({
        other: { actions: [credit(5)] },
        r: { actions: [credit(100)], limits: [{ per: 'program', max_count: 2 }] },
      }),
    )
    expect(judge.pays()).toEqual({ other: [5], r: [100] })
    expect(judge.pays()).toEqual({ other: [5], r: [] })
  })

  it('for each action is its own', () => {
    const actions = [credit(100), credit(50, { user: 'friend' })]
    const judge = new Judge(setOf(rule([{ per: 'action', max_count: 1 }], { actions })))
    expect(paid(judge)).toEqual([100])
    expect(paid(judge, { data: { friend: 'bob' } })).toEqual([50])
    expect(paid(judge, { data: { friend: 'bob' } })).toEqual([])
  })

  it('frees itself with the next calendar month, day by day, or hour by hour', () => {
    const at = (judge: Judge, time: string) => paid(judge, { at: time })
    const monthly = new Judge(setOf(rule([{ per: 'user', within: 'month', max_count: 1 }])))
    expect(at(monthly, '2027-11-30T23:59:59Z')).toEqual([100])
    expect(at(monthly, '2027-11-01T00:00:00Z')).toEqual([])
    expect(at(monthly, '2027-12-01T00:00:00Z')).toEqual([100])
    const rolling = new Judge(setOf(rule([{ per: 'user', within: 'P2D', max_count: 1 }])))
    expect(at(rolling, '2027-11-24T10:00:00Z')).toEqual([100])
    expect(at(rolling, '2027-11-25T10:00:00Z')).toEqual([])
    expect(at(rolling, '2027-11-26T10:00:00Z')).toEqual([100])
    const hourly = new Judge(setOf(rule([{ per: 'user', within: 'PT2H', max_count: 1 }])))
    expect(at(hourly, '2027-11-24T10:30:00Z')).toEqual([100])
    expect(at(hourly, '2027-11-24T11:59:00Z')).toEqual([])
    expect(at(hourly, '2027-11-24T12:00:00Z')).toEqual([100])
  })

  // Two within one window, whichever of them comes in first.
  it('is not exceeded by an event that comes late', () => {
    const rolling = new Judge(setOf(rule([{ per: 'user', within: 'P7D', max_count: 1 }])))
    expect(paid(rolling, { at: '2027-11-24T10:00:00Z' })).toEqual([100])
    expect(paid(rolling, { at: '2027-11-20T10:00:00Z' })).toEqual([])
    expect(paid(rolling, { at: '2027-11-10T10:00:00Z' })).toEqual([100])
    const ever = new Judge(setOf(rule([{ per: 'user', max_count: 1 }])))
    expect(paid(ever, { at: '2027-11-24T10:00:00Z' })).toEqual([100])
    expect(paid(ever, { at: '2020-01-01T10:00:00Z' })).toEqual([])
  })
})

describe('a limit on how much', () => {
  it('pays what is left of it, and says so', () => {
    const judge = new Judge(setOf(rule([{ per: 'rule', max_amount_cents: 250 }])))
    expect([1, 2, 3, 4].map(() => paid(judge))).toEqual([[100], [100], [50], []])
    const fresh = new Judge(setOf(rule([{ per: 'rule', max_amount_cents: 70 }])))
    expect(fresh.judge().results[0]?.actions[0]?.notes).toEqual([
      '100 became 70: the limit for this rule had used 0 of 70 in USD.',
    ])
  })

  it('refuses what does not fit whole where it is told to', () => {
    const limit = { per: 'rule', max_amount_cents: 250, when_short: 'refuse' }
    const judge = new Judge(setOf(rule([limit])))
    expect([1, 2, 3].map(() => paid(judge))).toEqual([[100], [100], []])
  })

  it('leaves amounts in other currencies alone', () => {
    const limits = [{ per: 'rule', max_amount_cents: 100, currency: 'EUR' }]
    const actions = [credit(100), credit(70, { currency: 'EUR' })]
    const judge = new Judge(setOf(rule(limits, { actions })))
    expect(paid(judge)).toEqual([100, 70])
    expect(paid(judge)).toEqual([100, 30])
    expect(paid(judge)).toEqual([100])
  })

  it('is shared by the actions of one event', () => {
    const actions = [credit(100), credit(100)]
    const judge = new Judge(setOf(rule([{ per: 'user', max_amount_cents: 150 }], { actions })))
    expect(paid(judge)).toEqual([100, 50])
  })

  it('and another on how often hold together', () => {
    const limits = [
      { per: 'user', max_count: 5, max_amount_cents: 250 },
      { per: 'user', within: 'day', max_count: 2 },
    ]
    const judge = new Judge(setOf(rule(limits)))
    expect([1, 2, 3].map(() => paid(judge))).toEqual([[100], [100], []])
    expect(paid(judge, { at: '2027-11-25T10:00:00Z' })).toEqual([50])
  })

  it('goes to the rule of the higher priority first', () => {
    const program = [{ per: 'program', max_amount_cents: 120 }]
    const judge = new Judge(
      setOf({
        low: { actions: [credit(100)], limits: program },
        high: { actions: [credit(100)], limits: program, priority: 1 },
      }),
    )
    expect(judge.pays()).toEqual({ low: [20], high: [100] })
  })
})

describe('what the ledger refuses', () => {
  // A reward that was never paid must not take the room of the next.
  it('uses nothing of a limit', () => {
    const judge = new Judge(setOf(rule([{ per: 'user', max_count: 1 }])))
    judge.judge({}, { pay: () => 'refused' })
    judge.judge({}, { pay: () => 'duplicate' })
    expect(paid(judge)).toEqual([100])
    expect(paid(judge)).toEqual([])
  })
})

describe('the use of limits', () => {
  const limits = [
    { per: 'user', max_count: 3, within: 'P30D' },
    { per: 'rule', max_amount_cents: 50_000, within: 'month' },
    { per: 'program', max_count: 9 },
  ]
  const { rule: parsedRule } = published('r', { always: true, actions: [credit(100)], limits })
  const context = {
    owners: { referrer: null, referred: null, user: 'ann' },
    atMs: Date.parse('2027-11-24T10:00:00Z'),
    timezone: 'UTC',
  }
  const limited = { id: 'r', limits: parsedRule.limits }
  const ann = { userId: 'ann', actionIndex: 0 }

  it('is said with what is left of each', () => {
    const counters = () => ({ ...noTotals, count: 2, sum: 12_345n })
    const uses = limitUses(limited, [ann, { ...ann, actionIndex: 1 }], { context, counters })
    expect(uses).toEqual([
      {
        node: '/limits/0',
        currency: null,
        max: 3n,
        used: 2n,
        detail: '2 of 3 rewards for this user in 30 days were used before.',
      },
      {
        node: '/limits/1',
        currency: 'USD',
        max: 50_000n,
        used: 12_345n,
        detail: '123.45 USD of 500.00 USD for this rule in a calendar month were used before.',
      },
      {
        node: '/limits/2',
        currency: null,
        max: 9n,
        used: 2n,
        detail: '2 of 9 events for the program were used before.',
      },
    ])
  })

  it('is not known where nobody has looked', () => {
    const uses = limitUses(limited, [ann], { context, counters: () => undefined })
    expect(uses.map(({ used }) => used)).toEqual([null, null, null])
    expect(uses[0]?.detail).toBe(
      'It is not known how much of 3 rewards for this user in 30 days was used before.',
    )
  })
})
