import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  drain,
  publish,
  ruleOn,
  type SimulatedService,
  useSimulations,
} from './simulations.fixture.ts'

let service: SimulatedService
useSimulations((simulated) => {
  service = simulated
})

const historiesMax = 12

const users = fc.constantFrom('ann', 'ben', 'eve')
const purchase = fc.record({
  referrer_id: users,
  referred_id: fc.constantFrom('joe', 'kim', 'lea', 'max'),
  user_id: users,
  cents: fc.integer({ min: 0, max: 1_000 }),
})

/** Parts of rules for which it matters what happened before, and in which order. */
const limits = fc.constantFrom(
  [],
  [{ per: 'user', max_count: 2 }],
  [{ per: 'rule', max_amount_cents: 700 }],
  [
    { per: 'pair', max_count: 1 },
    { per: 'program', max_amount_cents: 2_000, currency: 'USD' },
  ],
)
const referrals = { count: { referral: 'started', for: 'referrer' }, operator: '>=', value: 2 }
const spent = {
  sum: { event: 'any', for: 'user', of: 'cents', within: 'P7D' },
  operator: '>',
  value: 900,
}
const more = fc.record({
  limits,
  conditions: fc.constantFrom([], [referrals], [spent], [referrals, spent]),
  cents: fc.integer({ min: 1, max: 300 }),
  isPercent: fc.boolean(),
})

type Drawn = typeof more extends fc.Arbitrary<infer Value> ? Value : never

function ruleOf(type: string, { limits: held, conditions, cents, isPercent }: Drawn) {
  const amount = isPercent ? { amount: { percent: 50, of: 'cents' } } : { amount_cents: cents }
  return {
    on: [type],
    ...(conditions.length === 0 ? { always: true } : { conditions }),
    ...(held.length === 0 ? {} : { limits: held }),
    actions: [
      { type: 'credit', user: 'referrer_id', ...amount },
      { type: 'credit', user: 'user_id', ...amount },
    ],
  }
}

async function creditedSince(from: string): Promise<number> {
  const { rows } = await service.pool.query<{ cents: number }>(
    `select coalesce(sum(amount_cents), 0)::integer as cents
     from ledger_entries where recorded_at >= $1::timestamptz`,
    [from],
  )
  return rows[0]?.cents ?? 0
}

describe('a simulation of what really happened', () => {
  // If counters, order or limits came out differently than in the service, no figure of any simulation
  // would mean anything.
  it('finds that the rules in force would pay exactly what they have paid', async () => {
    const histories = fc.record({
      rules: fc.array(more, { minLength: 1, maxLength: 3 }),
      batches: fc.array(fc.array(purchase, { minLength: 1, maxLength: 6 }), {
        minLength: 1,
        maxLength: 5,
      }),
    })
    await fc.assert(
      fc.asyncProperty(histories, async ({ rules, batches }) => {
        service.clock.nowMs += 60_000
        const from = service.clock.now().toISOString()
        const type = `type-${randomUUID()}`
        const ids: string[] = []
        for (const rule of rules) ids.push(await publish(service, ruleOf(type, rule)))
        for (const batch of batches) {
          service.clock.nowMs += 1
          // Ids in no order: what counts is the order in which they came in.
          await service.send(batch.map((data) => ({ id: randomUUID(), type, data })))
        }
        const rule_id = ids[0] ?? ''
        const { id } = await service.simulations.create({ rule_id, from }, 'key:ann')
        await drain(service.newRunner({ pageEventsMax: 3 }))
        const { result } = await service.simulations.get(id)
        const paid = await creditedSince(from)
        expect(result?.live.cost['USD'] ?? 0).toBe(paid)
        expect(result).toMatchObject({ events_changed: 0, examples: [] })
        expect(result?.difference['USD'] ?? 0).toBe(0)
      }),
      { numRuns: historiesMax },
    )
  })

  it('finds the same however the events are read', async () => {
    const from = service.clock.now().toISOString()
    const ids = ['c', 'a', 'd', 'b', 'e']
    await service.send(ids.map((id) => ({ id, type: 'paged', data: { user_id: id } })))
    const first = ruleOn('paged', 100, { limits: [{ per: 'rule', max_count: 2 }] })
    for (const pageEventsMax of [1, 2, 5, 9]) {
      const { id } = await service.simulations.create({ rule_json: first, from }, 'key:ann')
      await drain(service.newRunner({ pageEventsMax }))
      const { result } = await service.simulations.get(id)
      expect(result?.examples.map(({ event_id }) => event_id)).toEqual(['c', 'a'])
    }
  })
})
