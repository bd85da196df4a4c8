import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer, Api } from './harness/api.ts'
import { type Fleet, startFleet } from './harness/fleet.ts'
import { createLedger, type Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { requestHead, sendRaw } from './harness/raw-socket.ts'
import { creditAction, metResults, publishRule } from './harness/rules.ts'

/** Four processes on one database: what a single one gets right by chance, they do not. */
const processes = 4
const rounds = 10

let fleet: Fleet
let api: Api
let ledger: Ledger

beforeAll(async () => {
  fleet = await startFleet(processes)
  api = fleet.api(0)
  ledger = createLedger(api)
})
afterAll(async () => {
  await expectProofOfZero(api)
  await fleet.stop()
})

/** The same work from all processes at once. */
function inParallel(count: number, work: (ledger: Ledger, index: number) => Promise<Answer>) {
  return Promise.all(
    Array.from({ length: count }, (_, index) => work(createLedger(fleet.api(index)), index)),
  )
}

function countStatus(answers: readonly Answer[], status: number): number {
  return answers.filter((answer) => answer.status === status).length
}

describe('money', () => {
  it('reverses a credit', async () => {
    const credited = await ledger.credit('reversed', 300)
    const answer = await ledger.reverse(credited.body.data.id)
    expect(answer.status).toBe(201)
    expect(await ledger.balance('reversed')).toMatchObject({ balance_cents: 0 })
  })

  it('makes exactly one of 8 parallel reversals of one credit, from 4 processes', async () => {
    for (let round = 0; round < rounds; round++) {
      const user = `race-${round}`
      const credited = await ledger.credit(user, 300)
      await ledger.credit(user, 10_000)
      const answers = await inParallel(8, (own) => own.reverse(credited.body.data.id))
      expect(countStatus(answers, 201)).toBe(1)
      for (const answer of answers.filter(({ status }) => status !== 201)) {
        expectProblem(answer, 'already_reversed')
      }
      expect(await ledger.balance(user)).toMatchObject({ balance_cents: 10_000, version: 3 })
    }
  })

  it('refuses to reverse a reversal', async () => {
    const credited = await ledger.credit('back-and-forth', 300)
    const reversal = await ledger.reverse(credited.body.data.id)
    expectProblem(await ledger.reverse(reversal.body.data.id), 'entry_not_reversible')
    expect(await ledger.balance('back-and-forth')).toMatchObject({ balance_cents: 0, version: 2 })
  })

  it('accepts one of 8 different bodies sent in parallel under one key and refuses seven, from 4 processes', async () => {
    for (let round = 0; round < rounds; round++) {
      const key = randomUUID()
      const user = `altered-${round}`
      const answers = await inParallel(8, (own, index) => own.credit(user, 1 + index, {}, key))
      expect(countStatus(answers, 201)).toBe(1)
      for (const answer of answers.filter(({ status }) => status !== 201)) {
        expectProblem(answer, 'idempotency_key_reused')
      }
      const winner = answers.find(({ status }) => status === 201)
      expect(await ledger.balance(user)).toMatchObject({
        balance_cents: winner?.body.data.amount_cents,
        version: 1,
      })
    }
  })

  it('never fails one of the parallel first credits of a new user, from 4 processes', async () => {
    for (let round = 0; round < rounds; round++) {
      const user = `newcomer-${round}`
      const answers = await inParallel(16, (own) => own.credit(user, 10))
      expect(countStatus(answers, 201)).toBe(16)
      expect(await ledger.balance(user)).toMatchObject({ balance_cents: 160, version: 16 })
    }
  })

  it('keeps pending credits apart from what can be spent', async () => {
    await ledger.credit('waiting', 500, { reward_status: 'pending' })
    const problem = expectProblem(await ledger.debit('waiting', 1), 'insufficient_balance')
    expect(problem.available_cents).toBe(0)
    expect(await ledger.balance('waiting')).toMatchObject({ balance_cents: 0, pending_cents: 500 })
  })

  it.each(['reversed', 'paid', 'Confirmed', ''])(
    'refuses a credit whose caller sets the status "%s"',
    async (reward_status) => {
      const answer = await ledger.credit('status-setter', 1, { reward_status })
      expect(expectProblem(answer, 'validation_failed').errors).toMatchObject([
        { pointer: '/body/reward_status' },
      ])
      expect(await ledger.balance('status-setter')).toMatchObject({ version: 0 })
    },
  )

  it('keeps metadata with every kind of entry', async () => {
    const metadata = { campaign: 'spring', nested: { list: [1, 'two', null, true] }, empty: {} }
    const credited = await ledger.credit('annotated', 100, { metadata })
    const debited = await ledger.debit('annotated', 10, { metadata })
    const reversed = await ledger.reverse(debited.body.data.id, { metadata })
    for (const { status, body } of [credited, debited, reversed]) {
      expect(status).toBe(201)
      expect(body.data.metadata).toEqual(metadata)
      const stored = await api.get(`/api/v1/ledger/entries/${body.data.id}`)
      expect(stored.body.data.metadata).toEqual(metadata)
    }
  })
})

describe('idempotency keys', () => {
  it.each([
    ['an empty key', ''],
    ['an empty key in quotes', '""'],
    ['a key of 300 characters', 'k'.repeat(300)],
    ['a key with a space', 'two words'],
    ['a key outside of ASCII', 'clé'],
  ])('refuses %s and says nothing of the database', async (_what, key) => {
    const answer = await ledger.credit('bad-key', 1, {}, key)
    expectProblem(answer, 'idempotency_key_invalid')
    expect(await ledger.balance('bad-key')).toMatchObject({ version: 0 })
  })

  it('refuses a key with a NUL character and says nothing of the database', async () => {
    const service = fleet.services[0]
    const body = '{"user_id":"bad-key","amount_cents":1}'
    const head = requestHead([
      'POST /api/v1/ledger/credit HTTP/1.1',
      'Host: localhost',
      `Authorization: Bearer ${service?.apiKey}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Idempotency-Key: a\0b',
    ])
    expectProblem(await sendRaw(service?.baseUrl ?? '', head + body), 'request_malformed')
    const batch = await api.post('/api/v1/ledger/batch', {
      operations: [
        { operation: 'credit', idempotency_key: 'a\0b', user_id: 'bad-key', amount_cents: 1 },
      ],
    })
    expectProblem(batch, 'body_malformed')
    expect(await ledger.balance('bad-key')).toMatchObject({ version: 0 })
  })
})

describe('events and rules', () => {
  const evaluate = (data: Readonly<Record<string, unknown>>, more = {}) =>
    api.post('/api/v1/rules/evaluate', { event_data: data, ...more }, null)

  it('reports a replayed event as a duplicate and pays nothing', async () => {
    await publishRule(api, 'replay')
    const event = { event_id: 'replay-1', story: 'replay', referrer_id: 'replay-user' }
    const first = await evaluate(event)
    expect(first.body).toMatchObject({ is_duplicate: false, rules_triggered: 1 })
    const second = await evaluate(event)
    expect(second.status).toBe(200)
    expect(second.body).toMatchObject({ is_duplicate: true, rules_triggered: 1 })
    const [before] = metResults(first.body)
    const [after] = metResults(second.body)
    expect(after.actions_executed).toEqual([{ ...before.actions_executed[0], is_duplicate: true }])
    expect(await ledger.balance('replay-user')).toMatchObject({ balance_cents: 500, version: 1 })
  })

  it('pays every event of a user, however many came before', async () => {
    await publishRule(api, 'often')
    for (let index = 0; index < 3; index++) {
      await evaluate({ event_id: `often-${index}`, story: 'often', referrer_id: 'often-user' })
    }
    expect(await ledger.balance('often-user')).toMatchObject({ balance_cents: 1_500, version: 3 })
  })

  it('pays for both of two rules with the same reward id', async () => {
    await publishRule(api, 'same-reward', { actions: [creditAction({ amount_cents: 200 })] })
    await publishRule(api, 'same-reward', { actions: [creditAction({ amount_cents: 30 })] })
    const { body } = await evaluate({
      event_id: 'same-reward-1',
      story: 'same-reward',
      referrer_id: 'both',
    })
    expect(body.rules_triggered).toBe(2)
    expect(await ledger.balance('both')).toMatchObject({ balance_cents: 230, version: 2 })
  })

  it.each(['>', '<', '>=', '<=', '==', '!=', 'contains'])(
    'answers an event without the field that a rule compares by %s, and does not pay',
    async (operator) => {
      const story = `missing ${operator}`
      await publishRule(api, story, { conditions: [{ field: 'purchase.a', operator, value: 1 }] })
      const answer = await evaluate({ event_id: story, story, referrer_id: 'unpaid' })
      expect(answer.status).toBe(200)
      expect(answer.body.rules_triggered).toBe(0)
      expect(await ledger.balance('unpaid')).toMatchObject({ version: 0 })
    },
  )

  it.each([
    ['an unknown operator', { conditions: [{ field: 'a', operator: '~=', value: 1 }] }],
    ['an unknown logic', { logic: 'XOR' }],
    ['an unknown action', { actions: [creditAction({ type: 'nuke' })] }],
    ['empty conditions, which would pay everybody', { conditions: [] }],
    ['a negative amount', { actions: [creditAction({ amount_cents: -5 })] }],
  ])('refuses a rule with %s', async (_what, part) => {
    const rule_json = {
      conditions: [{ field: 'a', operator: '==', value: 1 }],
      logic: 'AND',
      actions: [creditAction()],
      ...part,
    }
    const before = await api.get('/api/v1/rules?active_only=false')
    const answer = await api.post('/api/v1/rules', { name: 'Faulty', rule_json })
    expect(expectProblem(answer, 'rule_invalid').errors).toHaveLength(1)
    expect((await api.get('/api/v1/rules?active_only=false')).body).toEqual(before.body)
  })

  it('seeds the example rules once and never copies them, from 4 processes at once', async () => {
    const answers = await inParallel(8, (_ledger, index) =>
      fleet.api(index).post('/api/v1/rules/seed-examples', undefined, null),
    )
    expect(countStatus(answers, 201)).toBe(1)
    expect(countStatus(answers, 200)).toBe(7)
    const ids = answers.map(({ body }) => body.rules.map((rule: { id: string }) => rule.id))
    expect(new Set(ids.map((list) => list.join()))).toHaveLength(1)
    const { body } = await api.get('/api/v1/rules')
    const names = body.map((rule: { name: string }) => rule.name)
    for (const name of ['Paid User Referral Bonus', 'First Purchase Bonus']) {
      expect(names.filter((candidate: string) => candidate === name)).toHaveLength(1)
    }
  })

  it('executes a debit that a rule asks for, within the balance', async () => {
    await publishRule(api, 'fee', {
      actions: [{ type: 'debit', user: 'payer', amount_cents: 70 }],
    })
    await ledger.credit('feepayer', 100)
    const first = await evaluate({ event_id: 'fee-1', story: 'fee', payer: 'feepayer' })
    expect(metResults(first.body)[0].actions_executed).toMatchObject([
      { success: true, action_type: 'debit', user_id: 'feepayer', amount_cents: 70, problem: null },
    ])
    const second = await evaluate({ event_id: 'fee-2', story: 'fee', payer: 'feepayer' })
    expect(metResults(second.body)[0].actions_executed).toMatchObject([
      { success: false, entry_id: null, problem: { code: 'insufficient_balance' } },
    ])
    expect(await ledger.balance('feepayer')).toMatchObject({ balance_cents: 30, version: 2 })
  })

  it('says so where a rule id is unknown or malformed', async () => {
    const unknown = randomUUID()
    expectProblem(await api.get(`/api/v1/rules/${unknown}`), 'rule_not_found')
    expectProblem(await api.get('/api/v1/rules/not-a-uuid'), 'validation_failed')
    const event = { event_id: 'unknown-rule-1' }
    expectProblem(await evaluate(event, { rule_id: unknown }), 'rule_not_found')
    expectProblem(await evaluate(event, { rule_id: 'not-a-uuid' }), 'validation_failed')
    // Refused, so that the event was not stored either.
    expectProblem(await api.get('/api/v1/events/api/unknown-rule-1'), 'event_not_found')
  })
})
