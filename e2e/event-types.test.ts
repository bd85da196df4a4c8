import { describe, expect, it } from 'vitest'
import type { Api } from './harness/api.ts'
import { expectProblem } from './harness/problem.ts'
import { storyRule } from './harness/rule-life.ts'
import { serveProved } from './harness/served.ts'
import type { RunningService } from './harness/service.ts'

let service: RunningService
let api: Api

serveProved((served) => {
  ;({ service, api } = served)
})

const put = (type: string, body: unknown) =>
  api.send(`/api/v1/event-types/${type}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${service.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

const schema = {
  type: 'object',
  properties: { plan: { type: 'string', enum: ['plus', 'pro'] }, seats: { type: 'integer' } },
  required: ['plan'],
  additionalProperties: false,
}

describe('a type of events', () => {
  it('is registered, shown, replaced and forgotten', async () => {
    const first = await put('plan.bought', { schema, description: 'Somebody has bought a plan' })
    expect(first.status).toBe(201)
    expect(first.body).toMatchObject({ type: 'plan.bought', schema })
    expect((await put('plan.bought', { schema })).status).toBe(200)
    const shown = await api.get('/api/v1/event-types/plan.bought')
    expect(shown.body).toMatchObject({ description: null, schema })
    const list = await api.get('/api/v1/event-types')
    expect(list.body.event_types).toEqual([shown.body])
    expect((await api.delete('/api/v1/event-types/plan.bought')).body).toEqual(shown.body)
    expectProblem(await api.get('/api/v1/event-types/plan.bought'), 'event_type_not_found')
    expectProblem(await api.delete('/api/v1/event-types/plan.bought'), 'event_type_not_found')
  })

  it('is refused with a schema that cannot be used, with a pointer to each fault', async () => {
    const problem = expectProblem(
      await put('odd', { schema: { type: 'object', properties: { a: { type: 'date' } } } }),
      'event_schema_invalid',
    )
    expect(problem.errors[0].pointer).toBe('/body/schema/properties/a/type')
    expectProblem(await put('odd', { schema: [] }), 'validation_failed')
  })

  it('is refused beyond as many as there is room for', async () => {
    for (let from = 0; from < 1_000; from += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          put(`filler.${from + index}`, { schema: { type: 'object' } }),
        ),
      )
    }
    expectProblem(await put('one.more', { schema }), 'event_types_exceeded')
    for (let index = 0; index < 1_000; index++)
      await api.delete(`/api/v1/event-types/filler.${index}`)
    expect((await put('one.more', { schema })).status).toBe(201)
  })

  it('is inferred from the events that are stored', async () => {
    expectProblem(
      await api.post('/api/v1/event-types/plan.seen/infer', undefined, null),
      'event_type_unseen',
    )
    for (const seats of [1, 2]) {
      const event = { id: `seen-${seats}`, type: 'plan.seen', data: { plan: 'pro', seats } }
      await api.post('/api/v1/events', event, null)
    }
    const { body } = await api.post('/api/v1/event-types/plan.seen/infer', undefined, null)
    expect(body).toMatchObject({
      events_seen: 2,
      schema: { properties: { plan: { type: 'string' }, seats: { type: 'number' } } },
      facts: [
        { path: 'plan', type: 'text', source: 'inferred', is_optional: false },
        { path: 'seats', type: 'number' },
      ],
    })
    expect((await put('plan.seen', { schema: body.schema })).status).toBe(201)
  })
})

describe('the facts', () => {
  it('are those of the types that are asked for, with the operators that fit them', async () => {
    await put('plan.facts', { schema })
    const { body } = await api.get('/api/v1/facts?on=plan.facts')
    expect(body.is_complete).toBe(true)
    const plan = body.facts.find((fact: { path: string }) => fact.path === 'plan')
    expect(plan).toMatchObject({ type: 'text', values: ['plus', 'pro'], source: 'schema' })
    expect(plan.operators).toContain('starts_with')
    const seats = body.facts.find((fact: { path: string }) => fact.path === 'seats')
    expect(seats).toMatchObject({ is_optional: true })
    expect(seats.operators).not.toContain('starts_with')
    const other = await api.get('/api/v1/facts?on=plan.facts,plan.unheard')
    expect(other.body.is_complete).toBe(false)
    const all = await api.get('/api/v1/facts')
    expect(all.body.facts.map(({ path }: { path: string }) => path)).toContain('plan')
    expectProblem(await api.get('/api/v1/facts?on='), 'validation_failed')
  })

  it('of a registered type decide what a rule may say of them', async () => {
    await put('plan.checked', { schema })
    const rule_json = {
      ...storyRule('unused', 1),
      on: ['plan.checked'],
      conditions: [{ field: 'seats', operator: 'starts_with', value: 'x' }],
    }
    const body = { name: 'n', rule_json }
    const problem = expectProblem(await api.post('/api/v1/rules', body, null), 'rule_invalid')
    expect(problem.errors.map(({ code }: { code: string }) => code)).toContain('wrong_type')
    const draft = await api.post('/api/v1/rules', { ...body, status: 'draft' }, null)
    expect(draft.status).toBe(201)
    expect(draft.body.findings).toContainEqual(
      expect.objectContaining({
        code: 'wrong_type',
        severity: 'error',
        pointer: expect.any(String),
      }),
    )
    const publish = await api.post(`/api/v1/rules/${draft.body.id}/publish`, {}, null)
    expectProblem(publish, 'rule_invalid')
    const checked = await api.post('/api/v1/rules/check', { rule_json }, null)
    expect(checked.body.ok).toBe(false)
  })
})

describe('the schema of the language', () => {
  it('is a closed JSON Schema with every member of a rule', async () => {
    const { body } = await api.get('/api/v1/rules/schema')
    expect(body).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Rule',
      type: 'object',
      additionalProperties: false,
    })
    for (const member of ['on', 'conditions', 'actions', 'limits', 'schedule', 'stacking'])
      expect(body.properties).toHaveProperty(member)
  })
})
