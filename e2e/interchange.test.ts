import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Api } from './harness/api.ts'
import { expectProblem } from './harness/problem.ts'
import { creditAction } from './harness/rules.ts'
import { serveProved } from './harness/served.ts'

let api: Api

serveProved((served) => {
  ;({ api } = served)
})

const large = { '>': [{ var: 'purchase.amount_cents' }, 100_000] }

describe('a rule of another engine', () => {
  it('is read as a rule that can be created, and nothing is stored', async () => {
    const before = await api.get('/api/v1/rules?active_only=false')
    const preview = await api.post('/api/v1/rules/import', {
      format: 'json-logic',
      document: large,
      name: 'Large',
    })
    expect(preview.status).toBe(200)
    expect(preview.body).toEqual({
      name: 'Large',
      rule_json: {
        conditions: [{ field: 'purchase.amount_cents', operator: '>', value: 100_000 }],
        logic: 'AND',
      },
      unsupported: [],
      differences: [{ pointer: '/>', reason: expect.stringContaining('unknown') }],
    })
    expect((await api.get('/api/v1/rules?active_only=false')).body).toEqual(before.body)
  })

  it('is refused as a whole where a part of it cannot be expressed', async () => {
    const document = {
      name: 'Theirs',
      conditions: { all: [{ fact: 'tags', operator: 'contains', value: 'vip' }] },
      event: { type: 'x' },
    }
    const { body } = await api.post('/api/v1/rules/import', {
      format: 'json-rules-engine',
      document,
    })
    expect(body).toMatchObject({
      name: 'Theirs',
      rule_json: null,
      unsupported: [{ pointer: '/conditions/all/0' }],
    })
  })

  it('of a format that is not known is refused', async () => {
    const answer = await api.post('/api/v1/rules/import', { format: 'drl', document: {} })
    expectProblem(answer, 'validation_failed')
  })
})

describe('a rule', () => {
  it('goes to another engine and comes back as it was', async () => {
    const rule_json = {
      conditions: [{ field: 'referrer.is_paid_user', operator: '==', value: true }],
      logic: 'AND',
      actions: [creditAction()],
    }
    const created = await api.post('/api/v1/rules', { name: 'Ours', rule_json, status: 'draft' })
    const written = await api.get(
      `/api/v1/rules/${created.body.id}/export?format=json-rules-engine`,
    )
    expect(written.status).toBe(200)
    expect(written.body.unsupported).toEqual([])
    const { document } = written.body
    const read = await api.post('/api/v1/rules/import', { format: 'json-rules-engine', document })
    expect(read.body).toMatchObject({ name: 'Ours', rule_json })

    const logic = await api.get(`/api/v1/rules/${created.body.id}/export?format=json-logic`)
    expect(logic.body).toEqual({
      format: 'json-logic',
      document: { '===': [{ var: 'referrer.is_paid_user' }, true] },
      unsupported: [{ pointer: '/actions', reason: expect.any(String) }],
      differences: [],
    })
  })

  it('that is not there, or a format that is not known, is refused', async () => {
    const path = `/api/v1/rules/${randomUUID()}/export?format=`
    expectProblem(await api.get(`${path}json-logic`), 'rule_not_found')
    expectProblem(await api.get(`${path}drl`), 'validation_failed')
  })
})
