import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Answer, Api } from './harness/api.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { creditAction, metResults, publishRule } from './harness/rules.ts'
import { serveProved } from './harness/served.ts'

let api: Api
let ledger: Ledger

serveProved((served) => {
  ;({ api, ledger } = served)
})

type Json = Readonly<Record<string, unknown>>

const evaluate = (event_data: Json, more: Json = {}, key: string | null = null) =>
  api.post('/api/v1/rules/evaluate', { event_data, ...more }, key)

function pointersOf(problem: Answer['body']): string[] {
  return problem.errors.map((error: { pointer: string }) => error.pointer)
}

describe('a rule', () => {
  const rule_json = {
    conditions: [{ field: 'a', operator: '==', value: 1 }],
    logic: 'AND',
    actions: [creditAction()],
  }

  it('is published at once, and shown as it was written', async () => {
    const created = await api.post('/api/v1/rules/', { name: 'Plain', description: 'd', rule_json })
    expect(created.status).toBe(201)
    expect(created.body).toMatchObject({
      name: 'Plain',
      description: 'd',
      rule_json,
      is_active: true,
      version: 1,
      status: 'published',
    })
    const path = created.headers.get('location') ?? ''
    expect(path).toBe(`/api/v1/rules/${created.body.id}`)
    expect((await api.get(path)).body).toEqual(created.body)
    expect((await api.get(`${path}/`)).body).toEqual(created.body)
  })

  it('waits as a draft where that is asked for: listed with the others, judging nothing', async () => {
    const draft = await api.post('/api/v1/rules', {
      name: 'Draft',
      rule_json: { always: true, actions: [creditAction({ user: 'draft_user' })] },
      status: 'draft',
    })
    expect(draft.body).toMatchObject({ is_active: false, status: 'draft' })
    const idsOf = async (query: string) =>
      (await api.get(`/api/v1/rules${query}`)).body.map((rule: { id: string }) => rule.id)
    expect(await idsOf('')).not.toContain(draft.body.id)
    expect(await idsOf('?active_only=true')).not.toContain(draft.body.id)
    expect(await idsOf('/?active_only=false')).toContain(draft.body.id)
    const { body } = await evaluate({ event_id: 'draft-1', draft_user: 'drafted' })
    expect(body.results.map((result: { rule_id: string }) => result.rule_id)).not.toContain(
      draft.body.id,
    )
    const alone = await evaluate({ event_id: 'draft-2' }, { rule_id: draft.body.id })
    expectProblem(alone, 'rule_not_found')
    expect(await ledger.balance('drafted')).toMatchObject({ version: 0 })
  })

  it.each<[string, unknown, readonly string[]]>([
    ['nothing', {}, ['/actions', '/conditions']],
    ['an unknown member', { ...rule_json, condition: [] }, ['/condition']],
    ['an unknown logic', { ...rule_json, logic: 'and' }, ['/logic']],
    [
      'an unknown operator',
      { ...rule_json, conditions: [{ field: 'a', operator: '=', value: 1 }] },
      ['/conditions/0/operator'],
    ],
    [
      'a reserved field',
      { ...rule_json, conditions: [{ field: 'a.constructor', operator: '==', value: 1 }] },
      ['/conditions/0/field'],
    ],
    [
      'a field without a name',
      { ...rule_json, conditions: [{ field: '', operator: '==', value: 1 }] },
      ['/conditions/0/field'],
    ],
    [
      'a value that cannot be ordered',
      { ...rule_json, conditions: [{ field: 'a', operator: '>', value: true }] },
      ['/conditions/0/value'],
    ],
    [
      'a list that is none',
      { ...rule_json, conditions: [{ field: 'a', operator: 'in', value: 'x' }] },
      ['/conditions/0/value'],
    ],
    ['a condition that is null', { ...rule_json, conditions: [null] }, ['/conditions/0']],
    ['conditions and always', { ...rule_json, always: true }, ['/always']],
    [
      'an unknown action',
      { ...rule_json, actions: [creditAction({ type: 'nuke' })] },
      ['/actions/0/type'],
    ],
    [
      'half a cent',
      { ...rule_json, actions: [creditAction({ amount_cents: 0.5 })] },
      ['/actions/0/amount_cents'],
    ],
    [
      'an amount in a text',
      { ...rule_json, actions: [creditAction({ amount_cents: '5' })] },
      ['/actions/0/amount_cents'],
    ],
    [
      'an amount beyond 2^53 - 1',
      { ...rule_json, actions: [creditAction({ amount_cents: 2 ** 53 })] },
      ['/actions/0/amount_cents'],
    ],
    [
      'an unknown currency',
      { ...rule_json, actions: [creditAction({ currency: 'usd' })] },
      ['/actions/0/currency'],
    ],
    [
      'nobody to pay',
      { ...rule_json, actions: [{ type: 'credit', amount_cents: 1 }] },
      ['/actions/0/user'],
    ],
    [
      'faults here and there',
      {
        conditions: [{ field: 'a', operator: 'b', value: 1 }],
        actions: [{ type: 'c', user: 'd', amount_cents: 0 }],
      },
      ['/actions/0/amount_cents', '/actions/0/type', '/conditions/0/operator'],
    ],
  ])('with %s is refused with a pointer to each fault', async (_what, faulty, pointers) => {
    const answer = await api.post('/api/v1/rules', { name: 'Faulty', rule_json: faulty })
    const problem = expectProblem(answer, 'rule_invalid')
    expect(pointersOf(problem).sort()).toEqual(
      pointers.map((pointer) => `/body/rule_json${pointer}`),
    )
  })

  it('is refused as a draft just the same', async () => {
    const answer = await api.post('/api/v1/rules', { name: 'n', rule_json: {}, status: 'draft' })
    expectProblem(answer, 'rule_invalid')
    const retired = await api.post('/api/v1/rules', { name: 'n', rule_json, status: 'retired' })
    expect(pointersOf(expectProblem(retired, 'validation_failed'))).toEqual(['/body/status'])
  })
})

describe('an evaluation', () => {
  it('names every condition with what it found, and never pays for what is unknown', async () => {
    const rule = await publishRule(api, 'explained', {
      conditions: [
        { field: 'purchase.amount_cents', operator: '>', value: 100 },
        { field: 'purchase.country', operator: '!=', value: 'US' },
      ],
    })
    const answer = await evaluate({
      event_id: 'explained-1',
      story: 'explained',
      referrer_id: 'unexplained',
      purchase: { amount_cents: '200', country: null },
    })
    const result = answer.body.results.find(
      (candidate: { rule_id: string }) => candidate.rule_id === rule.id,
    )
    expect(result).toMatchObject({
      rule_name: 'Rule of explained',
      rule_version: 1,
      conditions_met: false,
      outcome: 'unknown',
      actions_executed: [],
      conditions: [
        { node: '/conditions/0', field: 'story', actual: 'explained', outcome: 'true' },
        { node: '/conditions/1', operator: '>', expected: 100, actual: '200', outcome: 'unknown' },
        { node: '/conditions/2', expected: 'US', actual: null, outcome: 'unknown' },
      ],
    })
    for (const condition of result.conditions) expect(condition.detail).toMatch(/\S/)
    expect(await ledger.balance('unexplained')).toMatchObject({ version: 0 })
  })

  it('needs a name for the event: an event_id or an idempotency key', async () => {
    expectProblem(await evaluate({ story: 'x' }), 'idempotency_key_missing')
    await publishRule(api, 'named')
    const key = randomUUID()
    const data = { story: 'named', referrer_id: 'named-user' }
    const first = await evaluate(data, {}, key)
    expect(first.body).toMatchObject({ is_duplicate: false, rules_triggered: 1 })
    const again = await evaluate(data, {}, key)
    expect(again.body.is_duplicate).toBe(true)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expectProblem(await evaluate({ ...data, more: 1 }, {}, key), 'event_id_reused')
    expect(await ledger.balance('named-user')).toMatchObject({ balance_cents: 500, version: 1 })
  })

  it('that is a dry run judges alike and stores nothing', async () => {
    await publishRule(api, 'dry')
    const data = { event_id: 'dry-1', story: 'dry', referrer_id: 'dry-user' }
    for (const _turn of [1, 2]) {
      const dry = await evaluate(data, { dry_run: true })
      expect(dry.body).toMatchObject({ is_duplicate: false, rules_triggered: 1 })
      expect(metResults(dry.body)[0].actions_executed).toMatchObject([
        { success: false, entry_id: null, user_id: 'dry-user', amount_cents: 500, problem: null },
      ])
    }
    const unnamed = await evaluate({ story: 'dry' }, { dry_run: true })
    expect(metResults(unnamed.body)[0].actions_executed).toMatchObject([
      { success: false, user_id: null, problem: { code: 'beneficiary_missing' } },
    ])
    const unknown = await evaluate(data, { dry_run: true, rule_id: randomUUID() })
    expectProblem(unknown, 'rule_not_found')
    expectProblem(await api.get('/api/v1/events/api/dry-1'), 'event_not_found')
    expect(await ledger.balance('dry-user')).toMatchObject({ version: 0 })
    expect((await evaluate(data)).body).toMatchObject({ is_duplicate: false, rules_triggered: 1 })
  })

  it('by one rule and by all pays each rule once', async () => {
    const rule = await publishRule(api, 'scoped')
    await publishRule(api, 'scoped', { actions: [creditAction({ amount_cents: 7 })] })
    const data = { event_id: 'scoped-1', story: 'scoped', referrer_id: 'scoped-user' }
    const alone = await evaluate(data, { rule_id: rule.id })
    expect(alone.body).toMatchObject({ rules_evaluated: 1, rules_triggered: 1 })
    expect(await ledger.balance('scoped-user')).toMatchObject({ balance_cents: 500 })
    const all = await evaluate(data)
    expect(all.body.rules_triggered).toBe(2)
    const executed = metResults(all.body).flatMap((result) => result.actions_executed)
    expect(executed.map((action) => action.is_duplicate)).toEqual([true, false])
    expect((await evaluate(data, { rule_id: rule.id })).body.is_duplicate).toBe(true)
    expect(await ledger.balance('scoped-user')).toMatchObject({ balance_cents: 507, version: 2 })
  })

  it('tells of an action without a beneficiary and executes the others', async () => {
    await publishRule(api, 'half-paid', {
      actions: [creditAction({ user: 'nobody.here' }), creditAction({ user: 'referred_id' })],
    })
    const { body } = await evaluate({
      event_id: 'half-paid-1',
      story: 'half-paid',
      referred_id: 'half-paid-user',
      nobody: { here: 42 },
    })
    expect(metResults(body)[0].actions_executed).toMatchObject([
      { success: false, user_id: null, problem: { code: 'beneficiary_missing' } },
      { success: true, user_id: 'half-paid-user', problem: null },
    ])
  })
})

describe('the example rules', () => {
  it('are seeded once and pay what they promise', async () => {
    const first = await api.post('/api/v1/rules/seed-examples/', undefined, null)
    expect(first.status).toBe(201)
    const second = await api.post('/api/v1/rules/seed-examples', undefined, null)
    expect(second.status).toBe(200)
    expect(second.body.rules).toEqual(first.body.rules)
    await evaluate({
      event_id: 'example-1',
      referrer_id: 'bob',
      referrer: { is_paid_user: true },
      referred: { subscription_status: 'active' },
      purchase: { is_first: true, amount_cents: 100_001 },
    })
    expect(await ledger.balance('bob')).toMatchObject({ balance_cents: 70_000, version: 2 })
    await evaluate({
      event_id: 'example-2',
      referrer_id: 'bob',
      referrer: { is_paid_user: false },
      referred: { subscription_status: 'active' },
      purchase: { is_first: true, amount_cents: 100_000 },
    })
    expect(await ledger.balance('bob')).toMatchObject({ balance_cents: 70_000, version: 2 })
  })
})
