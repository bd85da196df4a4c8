import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Api } from './harness/api.ts'
import { expectProblem } from './harness/problem.ts'
import { createKeeper, type RuleKeeper, storyRule } from './harness/rule-life.ts'
import { serveProved } from './harness/served.ts'
import type { RunningService } from './harness/service.ts'

let service: RunningService
let api: Api

serveProved((served) => {
  ;({ service, api } = served)
})

async function created(story: string): Promise<RuleKeeper> {
  const body = { name: `Rule of ${story}`, rule_json: storyRule(story, 100) }
  const rule = await api.post('/api/v1/rules', body, null)
  return createKeeper(api, service.apiKey, rule.body.id)
}

const testCase = (story: string, cents: number) => ({
  name: 'A referral',
  event: {
    type: 'happened',
    occurred_at: '2027-01-31T12:00:00Z',
    data: { story, referrer_id: 'ann' },
  },
  history: [],
  limits: [],
  expects: {
    outcome: 'true',
    rewards: [
      {
        action: '/actions/0',
        kind: 'credit',
        user_id: 'ann',
        amount_cents: cents,
        currency: 'USD',
      },
    ],
  },
})

describe('a test case', () => {
  it('holds every later version to what it says', async () => {
    const keeper = await created('held')
    const added = await keeper.post('test-cases', testCase('held', 100))
    expect(added.status).toBe(201)
    expect(added.headers.get('etag')).toBe('"2"')
    await keeper.post('versions', { rule_json: storyRule('held', 200) })
    const acknowledge = ['no_limit', 'unknown_fact', 'double_payment', 'duplicate_rule']
    const problem = expectProblem(await keeper.post('publish', { acknowledge }), 'test_cases_red')
    expect(problem.errors).toMatchObject([{ pointer: `/test_cases/${added.body.id}` }])
    const run = await keeper.post('test-cases/run')
    expect(run.body).toMatchObject({
      version: 2,
      ok: false,
      results: [
        {
          id: added.body.id,
          is_green: false,
          expected: { rewards: [{ amount_cents: 100 }] },
          actual: { outcome: 'true', rewards: [{ amount_cents: 200 }] },
          conditions: [{ field: 'story', outcome: 'true' }],
        },
      ],
    })
    expect((await keeper.post('test-cases/run', { version: 1 })).body.ok).toBe(true)
    await keeper.put(`test-cases/${added.body.id}`, testCase('held', 200))
    expect((await keeper.post('publish', { acknowledge })).status).toBe(200)
  })

  it('is listed, and deleted with the ETag that was seen', async () => {
    const keeper = await created('kept')
    const { body } = await keeper.post('test-cases', testCase('kept', 100))
    expect((await keeper.get('test-cases')).body.test_cases).toEqual([body])
    const path = `test-cases/${body.id}`
    expectProblem(await keeper.delete(path, '"1"'), 'rule_changed')
    expectProblem(await keeper.put(path, testCase('kept', 1), '"1"'), 'rule_changed')
    expectProblem(await keeper.post('test-cases', testCase('kept', 1), '"1"'), 'rule_changed')
    expect((await keeper.delete(path, '"2"')).body).toEqual(body)
    expect((await keeper.get('test-cases')).body.test_cases).toEqual([])
    expectProblem(await keeper.delete(path), 'test_case_not_found')
    expectProblem(await keeper.put(path, testCase('kept', 1)), 'test_case_not_found')
    const run = await keeper.post('test-cases/run', { test_case_id: body.id })
    expectProblem(run, 'test_case_not_found')
  })

  it('is refused where it is none, where there is no rule, and where there is no room', async () => {
    const keeper = await created('refused')
    const { name: _name, ...unnamed } = testCase('refused', 1)
    expectProblem(await keeper.post('test-cases', unnamed), 'validation_failed')
    expectProblem(await keeper.post('test-cases/run', { version: 9 }), 'rule_version_not_found')
    const nobody = createKeeper(api, service.apiKey, randomUUID())
    expectProblem(await nobody.get('test-cases'), 'rule_not_found')
    expectProblem(await nobody.post('test-cases', testCase('x', 1)), 'rule_not_found')
    expectProblem(await nobody.post('test-cases/run'), 'rule_not_found')
    for (let from = 0; from < 500; from += 20)
      await Promise.all(
        Array.from({ length: 20 }, () => keeper.post('test-cases', testCase('refused', 100))),
      )
    const more = await keeper.post('test-cases', testCase('refused', 100))
    expectProblem(more, 'test_cases_exceeded')
    await keeper.post('retire')
    const { body } = await keeper.get('test-cases')
    expect(body.test_cases).toHaveLength(500)
    const late = await keeper.put(`test-cases/${body.test_cases[0].id}`, testCase('x', 1))
    expectProblem(late, 'rule_state')
  })
})

describe('generated test cases', () => {
  const rule_json = {
    on: ['generated'],
    conditions: [{ field: 'purchase.amount_cents', operator: '>=', value: 100 }],
    actions: [{ type: 'credit', user: 'user_id', amount_cents: 5, reward_id: 'generated' }],
    limits: [{ per: 'user', within: 'month', max_count: 2 }],
  }

  it('try both sides of each boundary, are green, and turn red where the boundary moves', async () => {
    const rule = await api.post('/api/v1/rules', { name: 'Boundaries', rule_json }, null)
    const keeper = createKeeper(api, service.apiKey, rule.body.id)
    const preview = await keeper.post('test-cases/generate')
    expect(preview.body).toMatchObject({ version: 1, stored: [] })
    expect(preview.headers.get('etag')).toBe('"1"')
    const made = preview.body.test_cases
    const outcomes = made.map((one: { expects: { outcome: string } }) => one.expects.outcome)
    expect(new Set(outcomes)).toEqual(new Set(['true', 'false', 'unknown']))
    expectProblem(await keeper.post('test-cases/generate', { store: true }, '"9"'), 'rule_changed')
    const stored = await keeper.post('test-cases/generate', { store: true })
    expect(stored.body.stored).toHaveLength(made.length)
    // Asked again, none is kept twice.
    expect((await keeper.post('test-cases/generate', { store: true })).body.stored).toEqual([])
    expect((await keeper.post('test-cases/run')).body).toMatchObject({ version: 1, ok: true })
    const moved = { ...rule_json.conditions[0], value: 101 }
    await keeper.post('versions', { rule_json: { ...rule_json, conditions: [moved] } })
    const run = await keeper.post('test-cases/run')
    expect(run.body).toMatchObject({ version: 2, ok: false })
    const acknowledge = ['unknown_fact']
    expectProblem(await keeper.post('publish', { acknowledge }), 'test_cases_red')
    expectProblem(
      await keeper.post('test-cases/generate', { version: 7 }),
      'rule_version_not_found',
    )
  })
})
