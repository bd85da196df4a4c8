import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, createApi } from './harness/api.ts'
import { type RunningService, startService } from './harness/service.ts'
import type { ModelRequest } from './model/ledger-model.ts'
import { LedgerWalk, type Step } from './model/ledger-walk.ts'

/** How many walks of up to three users with forty steps each; the campaign asks for more. */
const runs = Number(process.env['MODEL_RUNS'] ?? 300)
const minutesMax = 60

let service: RunningService
let api: Api

beforeAll(async () => {
  service = await startService()
  api = createApi(service)
})
afterAll(async () => {
  await service.stop()
})

const amount = fc.integer({ min: 1, max: 40 })
const currency = fc.constantFrom('USD', 'JPY')
const target = fc.nat(200)
const request: fc.Arbitrary<ModelRequest> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      operation: fc.constant('credit' as const),
      amount_cents: amount,
      currency,
      reward_status: fc.constantFrom('pending' as const, 'confirmed' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      operation: fc.constant('debit' as const),
      amount_cents: amount,
      currency,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        operation: fc.constant('reverse' as const),
        target,
        amount_cents: amount,
        shortfall: fc.constantFrom('refuse' as const, 'debt' as const),
      },
      { requiredKeys: ['operation', 'target'] },
    ),
  },
  { weight: 2, arbitrary: fc.record({ operation: fc.constant('confirm' as const), target }) },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('new' as const), request }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('twins' as const), request }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('retry' as const), pick: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('alter' as const), pick: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('read' as const), currency }) },
)

// Without it, an answer that is wrong only in some order of requests would pass every example above.
it(
  `agrees with the model of the ledger in ${runs} random walks of users side by side`,
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 40 }), { minLength: 1, maxLength: 3 }),
        async (users) => {
          // Each user's steps follow each other, those of different users fall as they fall.
          await Promise.all(
            users.map(async (steps) => {
              const walk = new LedgerWalk(api, `model-${randomUUID()}`)
              for (const next of steps) await walk.take(next)
              await walk.compareAll()
            }),
          )
        },
      ),
      { numRuns: runs },
    )
    const { body } = await api.get('/api/v1/ledger/verify')
    expect(body.checks.flatMap((check: { faults: unknown[] }) => check.faults)).toEqual([])
  },
  minutesMax * 60_000,
)
