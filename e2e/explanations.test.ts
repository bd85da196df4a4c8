import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Api } from './harness/api.ts'
import { expectProblem } from './harness/problem.ts'
import { createKeeper } from './harness/rule-life.ts'
import { publishRule } from './harness/rules.ts'
import { serveProved } from './harness/served.ts'
import type { RunningService } from './harness/service.ts'

// What the checks warn of where rules of tests know of no type of events and pay without a bound.
const acknowledge = ['no_limit', 'unknown_fact', 'double_payment', 'duplicate_rule']
let service: RunningService
let api: Api

serveProved((served) => {
  ;({ service, api } = served)
})

async function happen(story: string, more: object = {}): Promise<string> {
  const id = randomUUID()
  const data = { story, referrer_id: `user-${story}` }
  const sent = await api.post('/api/v1/events', { id, type: 'happened', data, ...more }, null)
  expect(sent.status).toBe(201)
  return id
}

const explain = (id: string, ruleId: string, more = '') =>
  api.get(`/api/v1/events/${id}/explain?rule_id=${ruleId}${more}`)

describe('the decision on an event', () => {
  it('is given with a sentence for each rule', async () => {
    const paying = await publishRule(api, 'decision')
    const other = await publishRule(api, 'something else')
    const id = await happen('decision')
    const { status, body } = await api.get(`/api/v1/events/${id}/decision`)
    expect(status).toBe(200)
    expect(body.event).toMatchObject({ id, source: 'api' })
    const [decision] = body.decisions
    expect(decision).toMatchObject({ rule_id: null, rules_triggered: 1 })
    const resultOf = (rule: { id: string }) =>
      decision.results.find((result: { rule_id: string }) => result.rule_id === rule.id)
    expect(resultOf(paying)).toMatchObject({
      is_paid: true,
      standing: 'met',
      sentences: ['paid: credit of 5.00 USD to user-decision.'],
    })
    expect(resultOf(other)).toMatchObject({
      is_paid: false,
      sentences: ['not paid: story is "decision"; met when it is "something else".'],
    })
  })

  it('is that of its source', async () => {
    const id = await happen('source', { source: 'shop' })
    expectProblem(await api.get(`/api/v1/events/${id}/decision`), 'event_not_found')
    const { body } = await api.get(`/api/v1/events/${id}/decision?source=shop`)
    expect(body.event.source).toBe('shop')
  })

  // The last part of such an address could be the id of an event of a source of that name.
  it('is found under any id and source', async () => {
    const sent = { type: 'happened', data: {}, source: 'explain' }
    for (const id of ['decision', 'explain', 'a/b'])
      await api.post('/api/v1/events', { ...sent, id }, null)
    for (const id of ['decision', 'explain', 'a%2Fb']) {
      const { body } = await api.get(`/api/v1/events/${id}/decision?source=explain`)
      expect(body.event).toMatchObject({ id: decodeURIComponent(id), source: 'explain' })
    }
    const plain = await api.get('/api/v1/events/explain/a%2Fb')
    expect(plain.body.event).toMatchObject({ id: 'a/b', source: 'explain' })
  })

  it('is told of each rule that was asked alone', async () => {
    const rule = await publishRule(api, 'alone')
    const event_id = randomUUID()
    const event_data = { event_id, story: 'alone', referrer_id: 'user-alone' }
    await api.post('/api/v1/rules/evaluate', { event_data, rule_id: rule.id }, null)
    const { decisions } = (await api.get(`/api/v1/events/${event_id}/decision`)).body
    expect(decisions).toMatchObject([{ rule_id: rule.id, results: [{ is_paid: true }] }])
    expect((await explain(event_id, rule.id)).body).toMatchObject({ basis: 'stored' })
    const other = await publishRule(api, 'not alone')
    expect((await explain(event_id, other.id)).body.basis).toBe('computed')
  })
})

describe('an explanation', () => {
  it('goes by the version that was in force then', async () => {
    const { id } = await publishRule(api, 'versions')
    const keeper = createKeeper(api, service.apiKey, id)
    const first = await happen('versions')
    await keeper.post('versions', {
      rule_json: {
        conditions: [{ field: 'story', operator: '==', value: 'never' }],
        actions: [{ type: 'credit', user: 'referrer_id', amount_cents: 7 }],
      },
    })
    expect((await keeper.post('publish', { version: 2, acknowledge })).status).toBe(200)
    const second = await happen('versions')
    expect((await explain(first, id)).body).toMatchObject({
      rule: { id, version: 1, was_in_force: true },
      basis: 'stored',
      standing: 'met',
      outcome: 'true',
      conditions: [{ field: 'story', operator: '==', actual: 'versions', outcome: 'true' }],
      actions: [{ success: true, amount_cents: 500 }],
      limits: [],
      sentences: ['paid: credit of 5.00 USD to user-versions.'],
    })
    expect((await explain(second, id)).body).toMatchObject({
      rule: { version: 2 },
      sentences: ['not paid: story is "versions"; met when it is "never".'],
    })
  })

  it('says what a draft would have done', async () => {
    const id = await happen('draft')
    const draft = await api.post(
      '/api/v1/rules',
      {
        name: 'Draft',
        status: 'draft',
        rule_json: { always: true, actions: [{ type: 'credit', user: 'nobody', amount_cents: 7 }] },
      },
      null,
    )
    const { body } = await explain(id, draft.body.id, '&source=api')
    expect(body.rule.was_in_force).toBe(false)
    expect(body.sentences).toContain('would not pay: the event has no nobody.')
  })

  it('is refused of events and rules that are not there, and without a rule', async () => {
    const { id: ruleId } = await publishRule(api, 'refused')
    expectProblem(await explain(randomUUID(), ruleId), 'event_not_found')
    const id = await happen('refused')
    expectProblem(await explain(id, randomUUID()), 'rule_not_found')
    expectProblem(await api.get(`/api/v1/events/${id}/explain`), 'validation_failed')
  })
})
