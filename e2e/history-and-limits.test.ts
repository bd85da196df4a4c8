import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Answer, type Api, createApi } from './harness/api.ts'
import { createLedger, type Ledger } from './harness/ledger.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { creditAction, metResults, publishRule } from './harness/rules.ts'
import { type RunningService, startService } from './harness/service.ts'
import { until } from './harness/until.ts'

let service: RunningService
let api: Api
let ledger: Ledger

beforeAll(async () => {
  service = await startService()
  api = createApi(service)
  ledger = createLedger(api)
})
afterAll(async () => {
  await expectProofOfZero(api)
  await service.stop()
})

let events = 0

interface SentEvent {
  readonly type?: string
  readonly at?: string
  readonly referred?: string
}

/** An event that the rule of the story is asked about, with its story as the referrer. */
async function send(story: string, { type = 't', at, referred = 'friend' }: SentEvent = {}) {
  const event = {
    id: `${story}-${++events}`,
    type,
    ...(at === undefined ? {} : { occurred_at: at }),
    data: { story, referrer_id: story, referred_id: referred },
  }
  const { status, body } = await api.post('/api/v1/events', event, null)
  expect(status).toBe(201)
  return body.decision
}

const problems = (decision: Answer['body']) =>
  metResults(decision).flatMap(({ actions_executed }) =>
    actions_executed.map((action: Answer['body']) => action.problem?.code ?? action.amount_cents),
  )

it('pays for the third friend, and for no other', async () => {
  const third = { count: { referral: 'started', for: 'referrer' }, operator: '==', value: 3 }
  await publishRule(api, 'third', { conditions: [third] })
  const paid: unknown[] = []
  for (const referred of ['a', 'a', 'b', 'c', 'd'])
    paid.push(problems(await send('third', { referred })))
  expect(paid).toEqual([[], [], [], [500], []])
})

it('lists what is counted, ready to be gone by', async () => {
  const third = { count: { referral: 'started', for: 'referred' }, operator: '==', value: 3 }
  await publishRule(api, 'listed', { conditions: [third] })
  const { body } = await api.get('/api/v1/rules/metrics')
  const condition = { operator: '>=', value: 0 }
  expect(body[0]).toMatchObject({ state: 'ready', definition: { kind: 'metric', condition } })
})

it('says in the trace how far history has got', async () => {
  const third = { count: { event: 't', for: 'referrer' }, operator: '>=', value: 3 }
  const { id } = await publishRule(api, 'told', { conditions: [third] })
  const { results } = await send('told')
  const [, condition] = results.find(({ rule_id }: Answer['body']) => rule_id === id).conditions
  expect(condition).toMatchObject({ actual: 1, expected: 3, outcome: 'false' })
})

it('holds a limit per month, clips the last reward to what is left, and begins anew', async () => {
  const limits = [{ per: 'user', within: 'month', max_amount_cents: 1_200 }]
  await publishRule(api, 'monthly', { more: { limits } })
  const paid: unknown[] = []
  for (const day of ['03-01', '03-15', '03-31', '03-31', '04-01'])
    paid.push(problems(await send('monthly', { at: `2026-${day}T12:00:00Z` })))
  expect(paid).toEqual([[500], [500], [200], ['limit_reached'], [500]])
  expect(await ledger.balance('monthly')).toMatchObject({ balance_cents: 1_700 })
})

it('pauses a rule whose budget is spent', async () => {
  const limits = [{ per: 'rule', max_amount_cents: 700, when_spent: 'pause' }]
  const { id } = await publishRule(api, 'budget', { more: { limits } })
  expect(problems(await send('budget'))).toEqual([500])
  expect(problems(await send('budget'))).toEqual([200])
  await until(
    'the rule is paused',
    async () => (await api.get(`/api/v1/rules/${id}`)).body.status === 'paused',
  )
  expect(problems(await send('budget'))).toEqual([])
})

it('holds a reward until an event confirms it', async () => {
  const actions = [creditAction({ hold: { until: 'delivered', at_most: 'P30D' } })]
  await publishRule(api, 'held', { actions, more: { on: ['t'] } })
  await send('held', { referred: 'buyer' })
  expect(await ledger.balance('held')).toMatchObject({ balance_cents: 0, pending_cents: 500 })
  await send('held', { type: 'delivered', referred: 'another' })
  const { confirmations } = await send('held', { type: 'delivered', referred: 'buyer' })
  expect(confirmations).toMatchObject([{ user_id: 'held', amount_cents: 500 }])
  expect(await ledger.balance('held')).toMatchObject({ balance_cents: 500, pending_cents: 0 })
})

it('tries a shadow on live events, and pays nothing for it', async () => {
  await publishRule(api, 'shadow', { more: { mode: 'shadow' } })
  const decision = await send('shadow')
  const [result] = metResults(decision)
  expect(decision.rules_triggered).toBe(0)
  expect(result).toMatchObject({
    is_shadow: true,
    actions_executed: [],
    would_pay: [{ user_id: 'shadow', amount_cents: 500, problem: null }],
  })
  expect(await ledger.balance('shadow')).toMatchObject({ balance_cents: 0 })
})

it('tells a dry run what was counted, and counts nothing of it', async () => {
  const second = { count: { event: 'dry', for: 'referrer' }, operator: '==', value: 2 }
  await publishRule(api, 'dry', { conditions: [second] })
  const dryRun = async () => {
    const { body } = await api.post('/api/v1/rules/evaluate', {
      event_data: { type: 'dry', story: 'dry', referrer_id: 'dry', referred_id: 'friend' },
      dry_run: true,
    })
    return body.rules_triggered
  }
  expect(await dryRun()).toBe(0)
  await send('dry', { type: 'dry' })
  expect([await dryRun(), await dryRun()]).toEqual([1, 1])
})
