import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distinctValuesMax, noTotals } from '../rules/evaluation/history.ts'
import { CountersInMemory } from './counters-in-memory.ts'
import { credit, setOf } from './judgement.fixture.ts'
import {
  changedExamplesMax,
  type PastEvent,
  Simulation,
  topBeneficiariesMax,
} from './simulation.ts'

const limited = (cents: number, max_count: number, more: object = {}) => ({
  r: { actions: [credit(cents)], limits: [{ per: 'user', max_count }], ...more },
})

function event(index: number, userId = 'ann', data: object = {}): PastEvent {
  return {
    source: 'shop',
    id: `e${index}`,
    type: 'purchase',
    userId,
    atMs: Date.parse('2027-11-24T10:00:00Z') + index,
    data: { ...data },
  }
}

function simulate(live: object, draft: object, events: readonly PastEvent[], warmUps = 0) {
  const simulation = new Simulation({
    live: setOf(live as Record<string, object>),
    draft: setOf(draft as Record<string, object>),
    timezone: 'UTC',
  })
  for (const [index, one] of events.entries()) {
    if (index < warmUps) simulation.warmUp(one)
    else simulation.take(one)
  }
  return simulation.result()
}

describe('a simulation', () => {
  it('says what a draft would have cost beside what is in force', () => {
    const events = [1, 2, 3, 4].map((index) => event(index))
    expect(simulate(limited(100, 2), limited(150, 3), events)).toMatchObject({
      events: 4,
      live: { matches: 4, rewards: 2, cost: { USD: 200n } },
      draft: { matches: 4, rewards: 3, cost: { USD: 450n } },
      difference: { USD: 250n },
      eventsChanged: 3,
      topBeneficiaries: [{ userId: 'ann', currency: 'USD', amountCents: 450n }],
    })
  })

  it('shows events that changed, with both sides', () => {
    const { examples } = simulate(limited(100, 1), limited(100, 2), [event(1), event(2)])
    expect(examples).toEqual([
      {
        source: 'shop',
        eventId: 'e2',
        live: [],
        draft: [
          {
            ruleId: 'r',
            ruleName: 'r',
            kind: 'credit',
            userId: 'ann',
            amountCents: 100n,
            currency: 'USD',
          },
        ],
      },
    ])
  })

  it('finds nothing changed between a set and itself, in whatever order its rules pay', () => {
    const a = { actions: [credit(1)] }
    const b = { actions: [credit(2)] }
    const result = simulate({ a, b }, { b, a }, [event(1)])
    expect(result).toMatchObject({ eventsChanged: 0, examples: [], difference: { USD: 0n } })
  })

  // A million users are looked through in steps; whoever receives the most may be the last of them.
  it('names those who would receive the most of however many users', () => {
    const users = Array.from({ length: 2_500 }, (_, index) => `user-${index}`)
    const events = [...users, 'user-2499', 'user-7', 'user-2499'].map((user, index) =>
      event(index, user),
    )
    const { topBeneficiaries } = simulate({}, { r: { actions: [credit(100)] } }, events)
    expect(topBeneficiaries).toHaveLength(topBeneficiariesMax)
    expect(topBeneficiaries.slice(0, 3)).toMatchObject([
      { userId: 'user-2499', amountCents: 300n },
      { userId: 'user-7', amountCents: 200n },
      { userId: 'user-0', amountCents: 100n },
    ])
  })

  // Whoever runs it in a service ends it before it has taken the memory of everything else.
  it('says how much it keeps: counters, users and referrals', () => {
    const simulation = new Simulation({
      live: setOf({}),
      draft: setOf(limited(100, 2) as Record<string, object>),
      timezone: 'UTC',
    })
    expect(simulation.size).toBe(0)
    simulation.take(event(1, 'ann', { referrer_id: 'ann', referred_id: 'bob' }))
    // A counter of rewards, the sum of ann, and the referral of bob by ann.
    const { size } = simulation
    expect(size).toBeGreaterThanOrEqual(3)
    simulation.take(event(2, 'ann', { referrer_id: 'ann', referred_id: 'bob' }))
    expect(simulation.size).toBe(size)
  })

  // A limit that was used up before the time that is asked about is used up in it too.
  it('counts the events before those that it tells of', () => {
    const events = [1, 2, 3].map((index) => event(index))
    expect(simulate(limited(100, 2), {}, events, 2)).toMatchObject({
      events: 1,
      live: { rewards: 0, cost: {} },
    })
  })

  it('takes debits from the cost, and names only those who gain', () => {
    const debit = { r: { actions: [{ ...credit(100), type: 'debit' }] } }
    const result = simulate({}, debit, [event(1)])
    expect(result.draft.cost).toEqual({ USD: -100n })
    expect(result.topBeneficiaries).toEqual([])
  })

  it('begins referrals once', () => {
    const started = {
      r: {
        conditions: [{ count: { referral: 'started', for: 'referrer' }, operator: '==', value: 1 }],
        actions: [credit(1)],
        limits: [{ per: 'pair', max_count: 5 }],
      },
    }
    const data = { referrer_id: 'ann', referred_id: 'bob' }
    const events = [event(1, 'x', data), event(2, 'x', data), event(3, 'x', { referrer_id: 'ann' })]
    // The third has no pair, so that nobody can tell whether it has room.
    expect(simulate({}, started, events).draft.rewards).toBe(2)
  })

  it('does not pay for shadow rules', () => {
    const shadow = limited(100, 9, { mode: 'shadow' })
    expect(simulate({}, shadow, [event(1)]).draft).toEqual({ matches: 0, rewards: 0, cost: {} })
  })

  it('keeps a bounded number of examples and names', () => {
    const events = Array.from({ length: 50 }, (_, index) => event(index, `user-${index}`))
    const result = simulate(
      {},
      { r: { actions: [credit(1), credit(1, { currency: 'EUR' })] } },
      events,
    )
    expect(result.eventsChanged).toBe(50)
    expect(result.examples).toHaveLength(changedExamplesMax)
    expect(result.topBeneficiaries).toHaveLength(2 * topBeneficiariesMax)
  })
})

describe('counters in memory', () => {
  const increment = fc.record({
    metricId: fc.constantFrom('m', 'n'),
    owner: fc.constantFrom('ann', 'bob'),
    bucket: fc.integer({ min: -3, max: 3 }),
    value: fc.option(fc.bigInt(-9n, 9n), { nil: null }),
    distinct: fc.option(fc.constantFrom('1', '2'), { nil: null }),
  })

  it('come to what was added within the range', () => {
    const range = fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 }))
    fc.assert(
      fc.property(fc.array(increment, { maxLength: 30 }), range, (all, [from, to]) => {
        const counters = new CountersInMemory()
        for (const one of all) counters.add([one])
        const found = all.filter(
          ({ metricId, owner, bucket }) =>
            metricId === 'm' && owner === 'ann' && bucket >= from && bucket <= to,
        )
        const values = found.flatMap(({ value }) => value ?? [])
        const sorted = values.toSorted((a, b) => Number(a - b))
        const read = { metricId: 'm', owner: 'ann', from, to, isDistinct: false }
        expect(counters.read(read)).toEqual({
          count: found.length,
          sum: values.reduce((sum, value) => sum + value, 0n),
          min: sorted[0] ?? null,
          max: sorted.at(-1) ?? null,
          distinct: new Set(found.flatMap(({ distinct }) => distinct ?? [])),
        })
      }),
    )
  })

  it('of nobody are none', () => {
    const counters = new CountersInMemory()
    expect(counters.size).toBe(0)
    expect(counters.read({ metricId: 'm', owner: 'x', from: 0, to: 1, isDistinct: true })).toBe(
      noTotals,
    )
  })

  it('stop telling values apart where there are more than anybody asks for', () => {
    const counters = new CountersInMemory()
    for (let value = 0; value <= distinctValuesMax + 1; value++)
      counters.add([
        { metricId: 'm', owner: 'a', bucket: value % 3, value: null, distinct: `${value}` },
      ])
    const { distinct } = counters.read({
      metricId: 'm',
      owner: 'a',
      from: 0,
      to: 2,
      isDistinct: true,
    })
    expect(distinct.size).toBeGreaterThan(distinctValuesMax)
  })
})
