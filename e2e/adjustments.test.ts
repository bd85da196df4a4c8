import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Adjuster,
  adjustmentsPath,
  createAdjuster,
  createAdjusters,
  passLapse,
} from './harness/adjustments.ts'
import type { Answer, Api } from './harness/api.ts'
import type { OwnedKey } from './harness/keys.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { serveProved } from './harness/served.ts'
import type { RunningService } from './harness/service.ts'

/** Above what one person may adjust alone, as the service is configured by default. */
const large = 100_001

let service: RunningService
let api: Api
let ledger: Ledger
let clerk: Adjuster
let clerkKeyId: string
let controller: Adjuster
let controllerKey: OwnedKey

serveProved((served) => {
  ;({ service, api, ledger } = served)
})
beforeAll(async () => {
  ;({ clerk, clerkKeyId, controller, controllerKey } = await createAdjusters(service))
})

async function proposed(userId: string, fields = {}): Promise<string> {
  const { status, body } = await clerk.propose(userId, large, fields)
  expect(status).toBe(202)
  return body.data.id
}

describe('a small adjustment', () => {
  it('is posted at once, and its entry says who, why and by which adjustment', async () => {
    const answer = await clerk.propose('small', 2_500, { metadata: { ticket: 'T-1' } })
    expect(answer.status).toBe(201)
    const { data, entry, is_duplicate } = answer.body
    expect(is_duplicate).toBe(false)
    expect(answer.headers.get('location')).toBe(`${adjustmentsPath}/${data.id}`)
    expect(data).toMatchObject({
      status: 'posted',
      needs_approval: false,
      lapses_at: null,
      proposed_by: `key:${clerkKeyId}`,
      proposed_by_owner: 'default',
      decided_by: null,
      entry_id: entry.id,
      problem: null,
    })
    expect(entry).toMatchObject({
      user_id: 'small',
      entry_type: 'adjustment',
      flow: 'adjust_credit',
      amount_cents: 2_500,
      currency: 'USD',
      debit_account: 'program:default:adjustments',
      credit_account: 'user:small:available',
      reason: 'Paid to the wrong account',
      actor: `key:${clerkKeyId}`,
      idempotency_key: `adjustment-${data.id}`,
      metadata: { ticket: 'T-1', adjustment_id: data.id },
    })
    expect(await clerk.get(data.id)).toEqual({ data, entry })
  })

  it('takes back by a debit, down to nothing and no further', async () => {
    await clerk.propose('taken', 100)
    const { body } = await clerk.propose('taken', 100, { direction: 'debit' })
    expect(body.entry).toMatchObject({ flow: 'adjust_debit', balance_after_cents: 0 })
    const refused = await clerk.propose('taken', 1, { direction: 'debit' })
    expect(expectProblem(refused, 'insufficient_balance')).toMatchObject({
      available_cents: 0,
      required_cents: 1,
    })
  })

  it('is what does not pass the amount: one more waits', async () => {
    expect((await clerk.propose('edge', large - 1)).status).toBe(201)
    expect((await clerk.propose('edge', large)).status).toBe(202)
    expect(await ledger.balance('edge')).toMatchObject({ balance_cents: large - 1, version: 1 })
  })

  it('can count from a time in the past', async () => {
    const effective_at = '2027-01-01T00:00:00.000Z'
    const past = new Date(Date.parse('2020-01-01T00:00:00Z')).toISOString()
    const { body } = await clerk.propose('backdated', 5, { effective_at: past })
    expect(body.entry.effective_at).toBe(past)
    expect(body.data.effective_at).toBe(past)
    const ahead = effective_at.replace('2027', '9000')
    expectProblem(
      await clerk.propose('backdated', 5, { effective_at: ahead }),
      'effective_at_in_future',
    )
  })

  it('cannot lie about who approved it', async () => {
    const { body } = await clerk.propose('liar', 5, {
      metadata: { approved_by: 'key:boss', adjustment_id: 'none' },
    })
    expect(body.entry.metadata).toEqual({ adjustment_id: body.data.id })
  })

  it('is never reversed: another adjustment corrects it', async () => {
    const { body } = await clerk.propose('corrected', 5)
    expectProblem(await ledger.reverse(body.entry.id), 'entry_not_reversible')
  })
})

describe('the same request again', () => {
  it('moves nothing and gives the same adjustment, with how it stands now', async () => {
    const key = randomUUID()
    const first = await clerk.propose('again', large, {}, key)
    const waiting = await clerk.propose('again', large, {}, key)
    expect([first.status, waiting.status]).toEqual([202, 200])
    expect(waiting.body).toEqual({ ...first.body, is_duplicate: true })
    expect(waiting.headers.get('idempotent-replayed')).toBe('true')
    await controller.approve(first.body.data.id)
    const posted = await clerk.propose('again', large, {}, key)
    expect(posted.body.data).toMatchObject({ id: first.body.data.id, status: 'posted' })
    expect(posted.body.entry.amount_cents).toBe(large)
    expect(await ledger.balance('again')).toMatchObject({ balance_cents: large, version: 1 })
  })

  it('is refused again where it was refused at once, even when the money is there by now', async () => {
    const key = randomUUID()
    const take = () => clerk.propose('late', 50, { direction: 'debit' }, key)
    const first = expectProblem(await take(), 'insufficient_balance')
    await ledger.credit('late', 50)
    const second = await take()
    const problem = expectProblem(second, 'insufficient_balance')
    expect({ ...problem, request_id: '' }).toEqual({ ...first, request_id: '' })
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    expect(await ledger.balance('late')).toMatchObject({ balance_cents: 50 })
  })

  // Otherwise a retry that was altered on its way would be a second correction, or none.
  it('is no other request: a used key is refused and names what differs', async () => {
    const key = randomUUID()
    await clerk.propose('keyed', 10, {}, key)
    const other = await clerk.propose('keyed', 11, { reason: 'Something else' }, key)
    const problem = expectProblem(other, 'idempotency_key_reused')
    expect(problem.fields).toEqual(['amount_cents', 'reason'])
    expect(await ledger.balance('keyed')).toMatchObject({ balance_cents: 10 })
  })

  it('belongs to its owner: another owner has keys of their own', async () => {
    const key = randomUUID()
    const one = await clerk.propose('shared', 10, {}, key)
    const two = await controller.propose('shared', 20, {}, key)
    expect([one.status, two.status]).toEqual([201, 201])
  })

  it('needs a key at all', async () => {
    const body = { user_id: 'x', direction: 'credit', amount_cents: 1, reason: 'x' }
    expectProblem(await api.post(adjustmentsPath, body, null), 'idempotency_key_missing')
  })
})

describe('a large adjustment', () => {
  it('moves nothing until a second person has approved it, and then once', async () => {
    const id = await proposed('approved', { currency: 'USD' })
    expect(await ledger.balance('approved')).toMatchObject({ balance_cents: 0, version: 0 })
    const waiting = (await clerk.get(id)).data
    expect(waiting).toMatchObject({ status: 'awaiting_approval', entry_id: null, decided_at: null })
    expect(Date.parse(waiting.lapses_at) - Date.parse(waiting.proposed_at)).toBe(30 * 86_400_000)
    const answer = await controller.approve(id)
    expect(answer.status).toBe(200)
    expect(answer.body.is_duplicate).toBe(false)
    expect(answer.body.data).toMatchObject({
      status: 'posted',
      proposed_by: `key:${clerkKeyId}`,
      decided_by: `key:${controllerKey.id}`,
      decided_by_owner: 'controller',
      entry_id: answer.body.entry.id,
    })
    expect(answer.body.entry).toMatchObject({
      amount_cents: large,
      actor: `key:${clerkKeyId}`,
      reason: 'Paid to the wrong account',
      metadata: { adjustment_id: id, approved_by: `key:${controllerKey.id}` },
    })
    const again = await controller.approve(id)
    expect(again.body).toEqual({ ...answer.body, is_duplicate: true })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(await ledger.balance('approved')).toMatchObject({ balance_cents: large, version: 1 })
  })

  // A key that was rotated, or a second key of the same person, is still the same person.
  it('is not approved or rejected by the one who proposed it, with whatever key', async () => {
    const id = await proposed('own')
    for (const own of [clerk, createAdjuster(api)]) {
      expectProblem(await own.approve(id), 'approval_by_proposer')
      expectProblem(await own.reject(id), 'approval_by_proposer')
    }
    expect((await clerk.get(id)).data.status).toBe('awaiting_approval')
    expect((await controller.approve(id)).status).toBe(200)
  })

  it('is rejected with the reason, and can then not be approved', async () => {
    const id = await proposed('rejected')
    const answer = await controller.reject(id, 'No receipt')
    expect(answer.body.data).toMatchObject({
      status: 'rejected',
      decision_reason: 'No receipt',
      decided_by: `key:${controllerKey.id}`,
      entry_id: null,
    })
    expect((await controller.reject(id, 'No receipt')).body.is_duplicate).toBe(true)
    const problem = expectProblem(await controller.approve(id), 'adjustment_already_decided')
    expect(problem.detail).toMatch(/rejected by key:\S+ at \S+Z, because: No receipt/)
    expectProblem(await controller.reject(id, 'Why not'), 'adjustment_already_decided')
    expectProblem(await clerk.withdraw(id), 'adjustment_already_decided')
    expect(await ledger.balance('rejected')).toMatchObject({ version: 0 })
    expectProblem(await api.post(`${adjustmentsPath}/${id}/reject`, {}, null), 'validation_failed')
  })

  it('is withdrawn by its proposer alone, and can then not be approved', async () => {
    const id = await proposed('withdrawn')
    expectProblem(await controller.withdraw(id), 'withdrawal_by_other')
    const answer = await clerk.withdraw(id)
    expect(answer.body.data).toMatchObject({
      status: 'withdrawn',
      decided_by: `key:${clerkKeyId}`,
    })
    expect((await clerk.withdraw(id)).body.is_duplicate).toBe(true)
    const problem = expectProblem(await controller.approve(id), 'adjustment_already_decided')
    expect(problem.detail).toContain('withdrawn by')
  })

  it('lapses where nobody decides in time', async () => {
    const id = await proposed('lapsed')
    await passLapse(service.databaseUrl, id)
    const problem = expectProblem(await controller.approve(id), 'adjustment_already_decided')
    expect(problem.detail).toContain('lapsed')
    expectProblem(await clerk.withdraw(id), 'adjustment_already_decided')
    expect((await clerk.get(id)).data).toMatchObject({ status: 'lapsed', decided_at: null })
    expect(await ledger.balance('lapsed')).toMatchObject({ version: 0 })
  })

  it('that is not there cannot be decided or read', async () => {
    const id = randomUUID()
    for (const answer of [
      await controller.approve(id),
      await controller.reject(id),
      await clerk.withdraw(id),
      await api.get(`${adjustmentsPath}/${id}`),
    ]) {
      expectProblem(answer, 'adjustment_not_found')
    }
    expectProblem(await controller.approve('17'), 'validation_failed')
  })

  it('is posted by nobody twice: a small one is not decided at all', async () => {
    const { body } = await clerk.propose('settled', 5)
    const problem = expectProblem(
      await controller.approve(body.data.id),
      'adjustment_already_decided',
    )
    expect(problem.detail).toContain(`posted as entry ${body.entry.id}`)
  })
})

describe('the list of adjustments', () => {
  const list = async (query: string) => (await api.get(`${adjustmentsPath}?${query}`)).body

  it('has those of a user and a status, newest first, page by page', async () => {
    const ids: string[] = []
    for (let turn = 0; turn < 5; turn++) ids.unshift(await proposed('listed'))
    await controller.reject(ids[2] ?? '')
    const idsOf = (body: Answer['body']) => body.adjustments.map(({ id }: { id: string }) => id)
    expect(idsOf(await list('user_id=listed'))).toEqual(ids)
    expect(idsOf(await list('user_id=listed&status=rejected'))).toEqual([ids[2]])
    const first = await list('user_id=listed&status=awaiting_approval&limit=3')
    expect(idsOf(first)).toEqual([ids[0], ids[1], ids[3]])
    const second = await list(
      `user_id=listed&status=awaiting_approval&limit=3&cursor=${first.next_cursor}`,
    )
    expect([idsOf(second), second.next_cursor]).toEqual([[ids[4]], null])
  })

  it('does not show as waiting what has lapsed', async () => {
    const id = await proposed('list-lapsed')
    await passLapse(service.databaseUrl, id)
    expect((await list('user_id=list-lapsed&status=awaiting_approval')).adjustments).toEqual([])
    expect((await list('user_id=list-lapsed&status=lapsed')).adjustments).toHaveLength(1)
  })

  it('refuses a cursor that no page has given, and a status that there is not', async () => {
    for (const query of ['cursor=abc', 'status=open', 'limit=0', 'user=x']) {
      expectProblem(await api.get(`${adjustmentsPath}?${query}`), 'validation_failed')
    }
  })
})
