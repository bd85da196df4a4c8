import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, createApi } from './harness/api.ts'
import { type RunningService, startService } from './harness/service.ts'

const path = '/api/v1/rules/nl-to-rule'
const description = 'Reward $50 to the referrer for a first purchase above $1,000'

let service: RunningService
let api: Api

beforeAll(async () => {
  service = await startService()
  api = createApi(service)
})
afterAll(async () => {
  await service.stop()
})

it('shows what a sentence means, with what it assumed, and stores nothing', async () => {
  const { status, body } = await api.post(path, { description }, null)
  expect(status).toBe(200)
  expect(body).toMatchObject({ rule: { id: null, status: null }, assumptions: [], questions: [] })
  expect(body.rule.rule_json.actions).toEqual([
    { type: 'credit', user: 'referrer_id', amount_cents: 5_000, currency: 'USD' },
  ])
  expect((await api.get('/api/v1/rules?active_only=false')).body).toEqual([])
})

it('stores a draft where it is asked to, which pays nobody until it is published', async () => {
  const { status, body } = await api.post(
    path,
    { description, rule_name: 'Big first orders', save: true },
    null,
  )
  expect(status).toBe(201)
  expect(body.rule).toMatchObject({ name: 'Big first orders', status: 'draft' })
  const stored = await api.get(`/api/v1/rules/${body.rule.id}`)
  expect(stored.body).toMatchObject({ is_active: false, rule_json: body.rule.rule_json })
  expect((await api.get('/api/v1/rules?active_only=true')).body).toEqual([])
})

it('asks where it cannot be sure, and stores nothing then', async () => {
  const before = (await api.get('/api/v1/rules?active_only=false')).body.length
  const { status, body } = await api.post(
    path,
    { description: 'Reward $50 for 3 referrals', save: true },
    null,
  )
  expect(status).toBe(422)
  expect(body.code).toBe('sentence_unclear')
  expect(body.questions.join(' ')).toContain('3')
  expect((await api.get('/api/v1/rules?active_only=false')).body).toHaveLength(before)
})

it('refuses a description of less than ten characters', async () => {
  const { status, body } = await api.post(path, { description: 'Give $5' }, null)
  expect(status).toBe(422)
  expect(body.errors[0].pointer).toBe('/body/description')
})
