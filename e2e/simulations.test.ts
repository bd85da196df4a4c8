import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Answer, type Api, createApi } from './harness/api.ts'
import { withDatabase } from './harness/database.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { creditAction, publishRule } from './harness/rules.ts'
import { serveProved } from './harness/served.ts'
import type { RunningService } from './harness/service.ts'
import { until } from './harness/until.ts'

let service: RunningService
let api: Api
let ledger: Ledger

serveProved((served) => {
  ;({ service, api, ledger } = served)
})

const simulate = (body: object) => api.post('/api/v1/rules/simulate', body, null)
const read = (id: string) => api.get(`/api/v1/simulations/${id}`)

/** The simulation once it has ended. */
async function ended(asked: Answer): Promise<Answer['body']> {
  expect(asked.status).toBe(202)
  const { id } = asked.body
  await until('the simulation has ended', async () => (await read(id)).body.finished_at !== null)
  return (await read(id)).body
}

const happen = (story: string) =>
  api.post(
    '/api/v1/events',
    { id: randomUUID(), type: 'happened', data: { story, referrer_id: `user-${story}` } },
    null,
  )

const content = (story: string, amount_cents: number) => ({
  conditions: [{ field: 'story', operator: '==', value: story }],
  actions: [creditAction({ amount_cents })],
})

describe('a simulation', () => {
  it('says what a draft would have paid beside the rules in force, and pays nothing', async () => {
    const rule = await publishRule(api, 'compared')
    for (let index = 0; index < 3; index++) await happen('compared')
    const version = await api.post(
      `/api/v1/rules/${rule.id}/versions`,
      { rule_json: content('compared', 700) },
      null,
    )
    expect(version.status).toBe(201)
    const asked = await simulate({ rule_id: rule.id, last: 3 })
    expect(asked.headers.get('location')).toBe(`/api/v1/simulations/${asked.body.id}`)
    expect(asked.body).toMatchObject({
      status: 'queued',
      asked: { rule_id: rule.id, version: 2, last: 3, from: null, to: null },
      result: null,
    })
    const user_id = 'user-compared'
    expect(await ended(asked)).toMatchObject({
      status: 'done',
      progress: { events_done: 3, events_total: 3 },
      problem: null,
      result: {
        events: 3,
        live: { matches: 3, rewards: 3, cost: { USD: 1_500 } },
        draft: { matches: 3, rewards: 3, cost: { USD: 2_100 } },
        difference: { USD: 600 },
        events_changed: 3,
        top_beneficiaries: [{ user_id, currency: 'USD', amount_cents: 2_100 }],
      },
    })
    expect((await ledger.balance(user_id)).balance_cents).toBe(1_500)
    const first = await ended(await simulate({ rule_id: rule.id, version: 1, last: 3 }))
    expect(first.result).toMatchObject({ events_changed: 0, difference: { USD: 0 } })
  })

  it('shows what a rule that is nowhere stored would have paid', async () => {
    await happen('new')
    const { result } = await ended(await simulate({ rule_json: content('new', 9) }))
    expect(result.difference).toEqual({ USD: 9 })
    const payment = { action_type: 'credit', user_id: 'user-new', amount_cents: 9, currency: 'USD' }
    expect(result.examples).toMatchObject([{ live: [], draft: [{ ...payment, rule_id: null }] }])
    const { simulations } = (await api.get('/api/v1/simulations')).body
    expect(simulations[0].result).toEqual(result)
  })

  it('can be cancelled before it has ended', async () => {
    const { id } = (await simulate({ rule_json: content('cancelled', 1) })).body
    const cancelled = await api.post(`/api/v1/simulations/${id}/cancel`, undefined, null)
    // It may have been faster than this test.
    if (cancelled.status === 200) expect(cancelled.body.status).toBe('cancelled')
    else expectProblem(cancelled, 'simulation_finished')
  })
})

describe('a simulation is refused', () => {
  it('where the rule cannot be understood or is not there', async () => {
    const refused = expectProblem(await simulate({ rule_json: {} }), 'rule_invalid')
    expect(refused.errors[0].pointer).toMatch(/^\/body\/rule_json/)
    expectProblem(await simulate({ rule_id: randomUUID() }), 'rule_not_found')
    const { id: rule_id } = await publishRule(api, 'missing')
    expectProblem(await simulate({ rule_id, version: 9 }), 'rule_version_not_found')
  })

  it.each([
    [{}, '/body'],
    [{ rule_json: {}, version: 1 }, '/body/version'],
    [{ rule_json: {}, last: 1, from: '2027-01-01T00:00:00Z' }, '/body/last'],
    [{ rule_json: {}, from: '2027-01-02T00:00:00Z', to: '2027-01-01T00:00:00Z' }, '/body/to'],
    [{ rule_json: {}, last: 0 }, '/body/last'],
    [{ rule_json: {}, last: 1_000_001 }, '/body/last'],
  ])('where %j could be understood in two ways or in none', async (body, pointer) => {
    const { errors } = expectProblem(await simulate(body), 'validation_failed')
    expect(errors).toMatchObject([{ pointer }])
  })

  it('where it is not there or has ended', async () => {
    const nowhere = randomUUID()
    expectProblem(await read(nowhere), 'simulation_not_found')
    const cancel = (id: string) => api.post(`/api/v1/simulations/${id}/cancel`, undefined, null)
    expectProblem(await cancel(nowhere), 'simulation_not_found')
    const { id } = await ended(await simulate({ rule_json: content('ended', 1) }))
    expectProblem(await cancel(id), 'simulation_finished')
  })

  // Its result names users: who may only read rules learns nothing of them.
  it('to a key that may only read rules', async () => {
    const key = await api.post('/api/v1/keys', { name: 'reader', scopes: ['rules:read'] })
    const reader = createApi({ baseUrl: service.baseUrl, apiKey: key.body.secret })
    expectProblem(
      await reader.post('/api/v1/rules/simulate', { rule_json: content('reader', 1) }, null),
      'scope_missing',
    )
    expectProblem(await reader.get('/api/v1/simulations'), 'scope_missing')
  })
})

// A simulation takes a processor as long as it runs: all the others must wait their turn.
describe('of simulations at a time', () => {
  it('only a few are taken, and one more is told so', async () => {
    // Runs of processes that no test has started and that do not fall silent.
    await withDatabase(service.databaseUrl, (client) =>
      client.query(
        `insert into simulations
           (id, status, asked, created_at, created_by, attempts, runner_id, heartbeat_at)
         select gen_random_uuid(), 'running', '{}', now(), 'key:test', 1, gen_random_uuid(),
           now() + interval '1 hour'
         from generate_series(1, 5)`,
      ),
    )
    expectProblem(await simulate({ rule_json: content('many', 1) }), 'simulations_exceeded')
  })
})
