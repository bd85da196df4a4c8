import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Api, createApi } from './harness/api.ts'
import { createKeyOf } from './harness/keys.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { createKeeper, type RuleKeeper, storyRule } from './harness/rule-life.ts'
import { metResults } from './harness/rules.ts'
import { serveProved } from './harness/served.ts'
import { type RunningService, startService } from './harness/service.ts'
import { until } from './harness/until.ts'

let service: RunningService
let api: Api
let ledger: Ledger

serveProved((served) => {
  ;({ service, api, ledger } = served)
})

/** What the checks say of the rules of these tests. */
const warnings = ['no_limit', 'unknown_fact', 'double_payment', 'duplicate_rule']

const keeperOf = (id: string) => createKeeper(api, service.apiKey, id)

async function created(story: string, more = {}): Promise<{ keeper: RuleKeeper; rule: Answer }> {
  const body = { name: `Rule of ${story}`, rule_json: storyRule(story, 100), ...more }
  const rule = await api.post('/api/v1/rules', body, null)
  expect(rule.status).toBe(201)
  return { keeper: keeperOf(rule.body.id), rule }
}

const happen = (story: string) =>
  api.post(
    '/api/v1/events',
    { id: randomUUID(), type: 'happened', data: { story, referrer_id: `user-${story}` } },
    null,
  )
const paid = async (story: string) => (await ledger.balance(`user-${story}`)).balance_cents

describe('a rule', () => {
  it('pays by the version in force, from draft to retirement', async () => {
    const { keeper } = await created('life', { status: 'draft' })
    await happen('life')
    expect(await paid('life')).toBe(0)
    const published = await keeper.post('publish', { acknowledge: warnings })
    expect(published.body).toMatchObject({ is_active: true, version: 1 })
    await happen('life')
    expect(await paid('life')).toBe(100)
    const draft = await keeper.post('versions', { rule_json: storyRule('life', 7) })
    expect(draft.status).toBe(201)
    expect(draft.headers.get('location')).toMatch(/\/versions\/2$/)
    expect(draft.body).toMatchObject({ version: 2, status: 'draft', in_force: [] })
    await happen('life')
    expect(await paid('life')).toBe(200)
    await keeper.put('versions/2', { rule_json: storyRule('life', 9) })
    await keeper.post('publish', { version: 2, acknowledge: warnings })
    const event = await happen('life')
    expect(await paid('life')).toBe(209)
    expect(metResults(event.body.decision)).toMatchObject([{ rule_version: 2 }])
    await keeper.post('pause', { reason: 'Looking into it' })
    await happen('life')
    expect(await paid('life')).toBe(209)
    await keeper.post('resume', undefined)
    await keeper.post('rollback', { version: 1, acknowledge: warnings })
    await happen('life')
    expect(await paid('life')).toBe(309)
    const retired = await keeper.post('retire', { reason: 'The offer is over' })
    expect(retired.body).toMatchObject({ status: 'retired', version: 3, live_version: null })
    await happen('life')
    expect(await paid('life')).toBe(309)
  })

  it('shows its versions and its history in pages', async () => {
    const { keeper } = await created('pages')
    for (const cents of [1, 2, 3]) {
      await keeper.post('versions', { rule_json: storyRule('pages', cents) })
      await keeper.post('publish', { acknowledge: warnings })
    }
    const first = (await keeper.get('versions?limit=3')).body
    expect(first.versions.map((version: Answer['body']) => version.version)).toEqual([4, 3, 2])
    const second = (await keeper.get(`versions?limit=3&cursor=${first.next_cursor}`)).body
    expect(second).toMatchObject({ versions: [{ version: 1 }], next_cursor: null })
    const changes = (await keeper.get('changes?limit=2')).body
    expect(changes.changes).toMatchObject([
      { action: 'publish', version: 4, revision: 7 },
      { action: 'draft', version: 4, revision: 6, owner_id: 'default' },
    ])
    const rest = (await keeper.get(`changes?cursor=${changes.next_cursor}`)).body
    expect(rest.changes.map((change: Answer['body']) => change.revision)).toEqual([5, 4, 3, 2, 1])
    for (const path of ['versions?cursor=nonsense', 'changes?cursor=LTE'])
      expectProblem(await keeper.get(path), 'validation_failed')
    const one = await keeper.get('versions/2')
    expect(one.body).toMatchObject({ status: 'retired', in_force: [{ until: expect.any(String) }] })
    expect(one.headers.get('etag')).toBe('"7"')
  })

  it('tells what differs between two of its versions', async () => {
    const { keeper } = await created('diff')
    await keeper.post('versions', { rule_json: storyRule('diff', 250) })
    const { body } = await keeper.get('diff?from=1&to=2')
    expect(body).toEqual({
      from: 1,
      to: 2,
      differences: [
        {
          kind: 'changed',
          before_pointer: '/actions/0/amount_cents',
          after_pointer: '/actions/0/amount_cents',
          before: 100,
          after: 250,
        },
      ],
      sentences: [
        { kind: 'removed', text: expect.stringContaining('1.00') },
        { kind: 'added', text: expect.stringContaining('2.50') },
      ],
    })
    expectProblem(await keeper.get('diff?from=1&to=3'), 'rule_version_not_found')
    expectProblem(await keeper.get('diff?from=1'), 'validation_failed')
  })

  it('takes another name and description, and says so in its results', async () => {
    const { keeper } = await created('named')
    const answer = await keeper.patch({ name: 'A better name', description: null })
    expect(answer.body).toMatchObject({ name: 'A better name', description: null, revision: 2 })
    const { body } = await happen('named')
    expect(metResults(body.decision)).toMatchObject([{ rule_name: 'A better name' }])
    expectProblem(await keeper.patch({ name: '' }), 'validation_failed')
    expectProblem(await keeper.patch({ title: 'x' }), 'validation_failed')
  })
})

describe('what cannot be done is refused:', () => {
  it('a move that the state does not allow, saying what it allows', async () => {
    const { keeper } = await created('state', { status: 'draft' })
    const problem = expectProblem(await keeper.post('pause'), 'rule_state')
    expect(problem).toMatchObject({ state: 'draft' })
    expect(problem.possible).toContain('publish')
    for (const path of ['resume', 'pause']) expectProblem(await keeper.post(path), 'rule_state')
    await keeper.post('publish', { acknowledge: warnings })
    expectProblem(await keeper.post('publish'), 'rule_state')
    const edit = await keeper.put('versions/1', { rule_json: storyRule('state', 1) })
    expectProblem(edit, 'rule_state')
    for (const path of ['unschedule', 'approve', 'rollback'])
      expectProblem(await keeper.post(path, { version: 1 }), 'rule_state')
    await keeper.post('retire')
    for (const path of ['publish', 'retire', 'pause', 'resume'])
      expectProblem(await keeper.post(path), 'rule_state')
    expectProblem(await keeper.patch({ name: 'n' }), 'rule_state')
  })

  it('a change of what somebody else has changed since', async () => {
    const { keeper, rule } = await created('etag')
    const seen = rule.headers.get('etag') ?? ''
    expect(seen).toBe('"1"')
    const answer = await keeper.patch({ name: 'First' }, seen)
    expect(answer.headers.get('etag')).toBe('"2"')
    expect((await keeper.get()).headers.get('etag')).toBe('"2"')
    const content = { rule_json: storyRule('etag', 1) }
    for (const late of [
      await keeper.patch({ name: 'Second' }, seen),
      await keeper.post('versions', content, seen),
      await keeper.put('versions/1', content, seen),
      await keeper.post('publish', {}, seen),
      await keeper.post('approve', { version: 1 }, seen),
      await keeper.post('unschedule', { version: 1 }, seen),
      await keeper.post('pause', {}, seen),
      await keeper.post('resume', {}, seen),
      await keeper.post('retire', {}, seen),
      await keeper.post('rollback', { version: 1 }, seen),
    ])
      expect(expectProblem(late, 'rule_changed')).toMatchObject({ revision: 2 })
    expect((await keeper.get()).body).toMatchObject({ name: 'First', revision: 2 })
  })

  it('a rule or a version that there is not', async () => {
    const { keeper } = await created('missing')
    const content = { rule_json: storyRule('missing', 1) }
    for (const answer of [
      await keeper.get('versions/9'),
      await keeper.put('versions/9', content),
      ...(await Promise.all(
        ['publish', 'approve', 'unschedule', 'rollback'].map((path) =>
          keeper.post(path, { version: 9 }),
        ),
      )),
    ])
      expectProblem(answer, 'rule_version_not_found')
    const nobody = keeperOf(randomUUID())
    for (const path of ['', 'versions', 'versions/1', 'changes', 'diff?from=1&to=1'])
      expectProblem(await nobody.get(path), 'rule_not_found')
    for (const path of ['publish', 'pause', 'resume', 'retire'])
      expectProblem(await nobody.post(path), 'rule_not_found')
    for (const path of ['approve', 'unschedule', 'rollback'])
      expectProblem(await nobody.post(path, { version: 1 }), 'rule_not_found')
    expectProblem(await nobody.post('versions', content), 'rule_not_found')
    expectProblem(await nobody.put('versions/1', content), 'rule_not_found')
    expectProblem(await nobody.patch({ name: 'n' }), 'rule_not_found')
    for (const path of ['versions/0', 'versions/x', 'versions/2147483648'])
      expectProblem(await keeper.get(path), 'validation_failed')
  })

  it('a content that cannot be understood, with a pointer to each fault', async () => {
    const { keeper } = await created('invalid')
    const content = { rule_json: { conditions: [], actions: [] } }
    for (const answer of [
      await keeper.post('versions', content),
      await keeper.put('versions/1', content),
    ]) {
      const problem = expectProblem(answer, 'rule_invalid')
      for (const { pointer } of problem.errors) expect(pointer).toMatch(/^\/body\/rule_json/)
    }
    const { body } = await api.post('/api/v1/rules/check', content, null)
    expect(body.ok).toBe(false)
    expect(body.findings[0]).toMatchObject({ severity: 'error', message: expect.any(String) })
    const { rule } = await created('warned', { status: 'draft' })
    const warned = expectProblem(await keeperOf(rule.body.id).post('publish'), 'rule_warnings')
    expect(warned.errors).toContainEqual(expect.objectContaining({ code: 'no_limit' }))
    const good = { rule_json: storyRule('invalid', 1), rule_id: randomUUID() }
    expect((await api.post('/api/v1/rules/check', good, null)).body.ok).toBe(true)
  })
})

describe('a version that is scheduled', () => {
  it('is published at its time, in the name of whoever scheduled it', async () => {
    const { keeper } = await created('scheduled')
    await keeper.post('versions', { rule_json: storyRule('scheduled', 5) })
    const at = new Date(Date.now() + 1_500).toISOString()
    const answer = await keeper.post('publish', { at, acknowledge: warnings })
    expect(answer.body).toMatchObject({ version: 1, live_version: 1 })
    expect((await keeper.get('versions/2')).body).toMatchObject({
      status: 'scheduled',
      scheduled_for: at,
    })
    await until('the version is live', async () => (await keeper.get()).body.live_version === 2)
    const { changes } = (await keeper.get('changes?limit=1')).body
    expect(changes).toMatchObject([{ action: 'publish', version: 2, owner_id: 'default' }])
    await happen('scheduled')
    expect(await paid('scheduled')).toBe(5)
  })

  it('is a draft again where that is asked for', async () => {
    const { keeper } = await created('unscheduled')
    await keeper.post('versions', { rule_json: storyRule('unscheduled', 5) })
    await keeper.post('publish', {
      at: '2999-01-01T00:00:00Z',
      acknowledge: warnings,
    })
    const rule_json = storyRule('unscheduled', 6)
    expectProblem(await keeper.put('versions/2', { rule_json }), 'rule_state')
    expect((await keeper.post('unschedule', { version: 2 })).status).toBe(200)
    expect((await keeper.put('versions/2', { rule_json })).body).toMatchObject({
      status: 'draft',
      scheduled_for: null,
    })
    expectProblem(await keeper.post('publish', { at: 'tomorrow' }), 'validation_failed')
  })
})

describe('where RULE_APPROVAL is set', () => {
  let approving: RunningService
  let author: Api
  let second: Api

  beforeAll(async () => {
    approving = await startService({ env: { RULE_APPROVAL: 'true' } })
    author = createApi(approving)
    const key = await createKeyOf('controller', ['rules:read', 'rules:write'], approving)
    second = createApi({ ...approving, apiKey: key.secret })
  })
  afterAll(async () => {
    await approving.stop()
  })

  it('a rule is a draft until a second person has approved it', async () => {
    const rule_json = storyRule('approved', 1)
    const waiting = await author.post('/api/v1/rules', { name: 'n', rule_json }, null)
    expect(waiting.status).toBe(202)
    expect(waiting.body).toMatchObject({ status: 'draft', is_active: false })
    const path = `/api/v1/rules/${waiting.body.id}`
    const publish = () => author.post(`${path}/publish`, { acknowledge: warnings }, null)
    expectProblem(await publish(), 'rule_approval_missing')
    const own = await author.post(`${path}/approve`, { version: 1 }, null)
    expectProblem(own, 'approval_by_author')
    expect((await second.post(`${path}/approve`, { version: 1 }, null)).status).toBe(200)
    expect((await publish()).body).toMatchObject({ status: 'published' })
    const { body } = await author.get(`${path}/versions/1`)
    expect(body.approved_by).not.toBe(body.created_by)
    const draft = { name: 'n', rule_json, status: 'draft' }
    expect((await author.post('/api/v1/rules', draft, null)).status).toBe(201)
  })
})
