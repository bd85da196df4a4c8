import { describe, expect, it } from 'vitest'
import type { Answer, Api } from './harness/api.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem, expectProblemDocument } from './harness/problem.ts'
import { creditAction, metResults, publishRule } from './harness/rules.ts'
import { serveProved } from './harness/served.ts'

let api: Api
let ledger: Ledger

serveProved((served) => {
  ;({ api, ledger } = served)
})

type Json = Readonly<Record<string, unknown>>

const event = (id: string, data: Json = {}, more: Json = {}) => ({
  id,
  type: 'test',
  data,
  ...more,
})
const send = (body: unknown, path = '/api/v1/events') => api.post(path, body, null)

function entriesOf(received: Answer['body']): string[] {
  return metResults(received.decision).flatMap((result) =>
    result.actions_executed.map((action: { entry_id: string }) => action.entry_id),
  )
}

describe('an event', () => {
  it('is stored, judged and paid for, and is shown with its decision ever after', async () => {
    const rule = await publishRule(api, 'first')
    const sent = event(
      'first-1',
      { story: 'first', referrer_id: 'ann', note: { deep: ['é', null] } },
      { user_id: 'zoe', occurred_at: '2020-02-29T23:59:59.5+05:30', source: 'shop' },
    )
    const { status, body } = await send(sent, '/api/v1/events/')
    expect(status).toBe(201)
    expect(body.event).toEqual({
      ...sent,
      occurred_at: '2020-02-29T18:29:59.500Z',
      received_at: expect.stringMatching(/Z$/),
    })
    expect(body).toMatchObject({ is_duplicate: false, decision: { rules_triggered: 1 } })

    const [entryId] = entriesOf(body)
    const entry = await api.get(`/api/v1/ledger/entries/${entryId}`)
    expect(entry.body.data).toMatchObject({
      user_id: 'ann',
      amount_cents: 500,
      reward_id: 'referral_bonus',
      actor: `rule:${rule.id}@1`,
      source_event: 'shop/first-1',
      metadata: { rule_name: 'Rule of first' },
    })
    // What the event said of people stays with the event; entries can never be changed.
    expect(JSON.stringify(entry.body.data)).not.toContain('deep')
    const stored = await api.get('/api/v1/events/shop/first-1')
    expect(stored.body).toEqual(body)
  })

  it('sent again is the same event: answered with the first decision, paid for once', async () => {
    await publishRule(api, 'again')
    const sent = event('again-1', { story: 'again', referrer_id: 'ben' })
    const first = await send(sent)
    // A rule that is published meanwhile does not judge it any more.
    await publishRule(api, 'again')
    const second = await send(sent)
    expect(second.status).toBe(200)
    expect(second.body.is_duplicate).toBe(true)
    expect(second.body.event).toEqual(first.body.event)
    expect(entriesOf(second.body)).toEqual(entriesOf(first.body))
    expect(await ledger.balance('ben')).toMatchObject({ balance_cents: 500, version: 1 })
  })

  it('has one effect when it comes 12 times at once', async () => {
    await publishRule(api, 'crowd')
    const sent = event('crowd-1', { story: 'crowd', referrer_id: 'cleo' })
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(sent)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(11)
    expect(await ledger.balance('cleo')).toMatchObject({ balance_cents: 500, version: 1 })
  })

  it('with the id of another is refused, unless it comes from another source', async () => {
    await publishRule(api, 'ids')
    const sent = event('ids-1', { story: 'ids', referrer_id: 'dora' })
    await send(sent)
    for (const other of [
      { ...sent, data: { ...sent.data, more: 1 } },
      { ...sent, type: 'other' },
      { ...sent, user_id: 'dora' },
      { ...sent, occurred_at: '2027-01-01T00:00:00Z' },
    ]) {
      expectProblem(await send(other), 'event_id_reused')
    }
    expect((await send({ ...sent, source: 'api' })).status).toBe(200)
    expect((await send({ ...sent, source: 'elsewhere' })).status).toBe(201)
    expect(await ledger.balance('dora')).toMatchObject({ balance_cents: 1_000, version: 2 })
  })

  it('pays once for each rule, action and beneficiary', async () => {
    const actions = [
      creditAction({ amount_cents: 1 }),
      creditAction({ amount_cents: 20 }),
      creditAction({ amount_cents: 300, user: 'referred_id' }),
    ]
    await publishRule(api, 'fan', { actions })
    await publishRule(api, 'fan', { actions })
    const { body } = await send(
      event('fan-1', { story: 'fan', referrer_id: 'eve', referred_id: 'eve' }),
    )
    expect(new Set(entriesOf(body))).toHaveLength(6)
    expect(await ledger.balance('eve')).toMatchObject({ balance_cents: 642, version: 6 })
  })

  it('is only judged by the rules that name its type', async () => {
    await publishRule(api, 'typed', { more: { on: ['purchase', 'refund'] } })
    const data = { story: 'typed', referrer_id: 'finn' }
    const other = await send({ id: 'typed-1', type: 'signup', data })
    expect(other.body.decision.rules_triggered).toBe(0)
    const right = await send({ id: 'typed-2', type: 'purchase', data })
    expect(right.body.decision.rules_triggered).toBe(1)
    expect(await ledger.balance('finn')).toMatchObject({ version: 1 })
  })

  it('that nobody has sent is not found', async () => {
    expectProblem(await api.get('/api/v1/events/api/never'), 'event_not_found')
    expectProblem(await api.get('/api/v1/events/shop/ids-1'), 'event_not_found')
  })
})

describe('a batch of events', () => {
  const sendAll = (events: unknown) => send({ events }, '/api/v1/events/batch')

  it('gives a result for each in order, and one that is wrong does not hurt the others', async () => {
    await publishRule(api, 'bulk')
    const data = { story: 'bulk', referrer_id: 'gil' }
    const { status, body } = await sendAll([
      event('bulk-1', data),
      event('bulk-1', data),
      event('bulk-1', { ...data, other: 1 }),
      { id: 'bulk-2', data },
      null,
      'event',
      event('bulk-3', data, { occurred_at: 'yesterday' }),
      event('bulk-4', data, { unknown: 1 }),
      event('bulk-5', data),
    ])
    expect(status).toBe(200)
    const { results } = body
    expect(results.map((result: { status: number }) => result.status)).toEqual([
      201, 200, 409, 422, 422, 422, 422, 422, 201,
    ])
    expect(results[0]).toMatchObject({ is_duplicate: false, decision: { rules_triggered: 1 } })
    expect(results[1]).toMatchObject({ is_duplicate: true, event: results[0].event })
    expectProblemDocument(results[2].problem, 'event_id_reused')
    for (const result of results.slice(3, 8)) {
      expectProblemDocument(result.problem, 'validation_failed')
    }
    expect(results[3].problem.errors).toMatchObject([{ pointer: '/body/events/3/type' }])
    expect(results[7].problem.errors).toMatchObject([{ pointer: '/body/events/7/unknown' }])
    expect(await ledger.balance('gil')).toMatchObject({ balance_cents: 1_000, version: 2 })
  })

  it('takes 1,000 and refuses 1,001, none, and what is no list', async () => {
    await publishRule(api, 'thousand', { actions: [creditAction({ amount_cents: 1 })] })
    const events = Array.from({ length: 1_001 }, (_, index) =>
      event(`thousand-${index}`, { story: 'thousand', referrer_id: 'hope' }),
    )
    for (const wrong of [events, [], {}, null]) {
      expectProblem(await sendAll(wrong), 'validation_failed')
    }
    expect(await ledger.balance('hope')).toMatchObject({ version: 0 })
    const { body } = await sendAll(events.slice(0, 1_000))
    const statuses = body.results.map((result: { status: number }) => result.status)
    expect(new Set(statuses)).toEqual(new Set([201]))
    expect(await ledger.balance('hope')).toMatchObject({ balance_cents: 1_000, version: 1_000 })
  })
})
