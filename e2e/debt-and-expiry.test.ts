import { describe, expect, it } from 'vitest'
import type { Api } from './harness/api.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { serveProved } from './harness/served.ts'
import { until } from './harness/until.ts'

let api: Api
let ledger: Ledger

serveProved((served) => {
  ;({ api, ledger } = served)
})

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()
const dayMs = 86_400_000

/** Alice's like: credited 500, spent 450. */
async function spender(userId: string): Promise<string> {
  const { body } = await ledger.credit(userId, 500, { reward_id: 'bonus' })
  await ledger.debit(userId, 450)
  return body.data.id
}

async function flowsOf(userId: string): Promise<string[]> {
  const { body } = await api.get(`/api/v1/ledger/entries?user_id=${userId}`)
  return body.entries
    .sort(
      (a: { user_sequence: number }, b: { user_sequence: number }) =>
        a.user_sequence - b.user_sequence,
    )
    .map((entry: { flow: string }) => entry.flow)
}

describe('a reversal of money that is gone', () => {
  it('is refused by hand unless a debt is asked for', async () => {
    const id = await spender('ann')
    expectProblem(await ledger.reverse(id), 'insufficient_balance')
    const { status, body } = await ledger.reverse(id, { shortfall: 'debt' })
    expect(status).toBe(201)
    expect(body.data).toMatchObject({
      flow: 'reverse_credit',
      amount_cents: 500,
      balance_after_cents: 0,
      debt_after_cents: 450,
    })
    expect(await ledger.balance('ann')).toMatchObject({ balance_cents: 0, debt_cents: 450 })
  })

  it('makes a debt by itself where it follows a refund, which the next credit pays', async () => {
    const id = await spender('bea')
    const refund = { refunded_cents: 1_000, paid_cents: 2_000 }
    const { body } = await ledger.reverse(id, { refund })
    expect(body.data).toMatchObject({ amount_cents: 250, debt_after_cents: 200 })
    await ledger.credit('bea', 300)
    expect(await ledger.balance('bea')).toMatchObject({ balance_cents: 100, debt_cents: 0 })
    expect(await flowsOf('bea')).toEqual([
      'credit',
      'debit',
      'debt',
      'reverse_credit',
      'credit',
      'netting',
    ])
    expectProblem(await ledger.reverse(id, { refund }), 'already_reversed')
  })

  it('is refused with a refund where refuse is asked for', async () => {
    const id = await spender('cleo')
    const refund = { refunded_cents: 1, paid_cents: 1 }
    expectProblem(await ledger.reverse(id, { refund, shortfall: 'refuse' }), 'insufficient_balance')
  })

  it('shows the debt and the netting with the entries that they came with', async () => {
    const id = await spender('dan')
    const reversal = await ledger.reverse(id, { shortfall: 'debt' })
    const { body } = await api.get(`/api/v1/ledger/entries/${reversal.body.data.id}`)
    expect(body.related.map((entry: { flow: string }) => entry.flow)).toEqual(['debt'])
  })

  it('gives the same answer again to a retry, with the debt made once', async () => {
    const id = await spender('eve')
    const first = await ledger.reverse(id, { shortfall: 'debt' }, 'eve-reverses')
    const again = await ledger.reverse(id, { shortfall: 'debt' }, 'eve-reverses')
    expect(again.status).toBe(200)
    expect(again.body).toEqual({ data: first.body.data, is_duplicate: true })
    expect(await ledger.balance('eve')).toMatchObject({ debt_cents: 450, version: 4 })
  })
})

describe('a credit with times', () => {
  it('matures and expires by itself', async () => {
    const { body } = await ledger.credit('fay', 100, {
      reward_status: 'pending',
      available_at: inMs(0),
      expires_at: inMs(2_500),
    })
    await until('it has expired', async () => (await flowsOf('fay')).includes('expire'))
    expect(await flowsOf('fay')).toEqual(['credit_pending', 'confirm', 'expire'])
    const state = await api.get(`/api/v1/ledger/entries/${body.data.id}`)
    expect(state.body).toMatchObject({
      pending_cents: 0,
      expired_cents: 100,
      unspent_cents: 0,
      reversible_cents: 0,
    })
    expectProblem(await ledger.reverse(body.data.id), 'already_expired')
    const { body: accounts } = await api.get('/api/v1/ledger/accounts')
    expect(accounts.accounts).toContainEqual(
      expect.objectContaining({
        account: 'program:default:breakage',
        kind: 'program_breakage',
        balance_cents: 100,
      }),
    )
  })

  it('is spent first where it expires first, and says what is unspent', async () => {
    const late = await ledger.credit('gil', 100, { expires_at: inMs(9 * dayMs) })
    const soon = await ledger.credit('gil', 100, { expires_at: inMs(dayMs) })
    await ledger.debit('gil', 130)
    const unspent = async (id: string) =>
      (await api.get(`/api/v1/ledger/entries/${id}`)).body.unspent_cents
    expect(await unspent(soon.body.data.id)).toBe(0)
    expect(await unspent(late.body.data.id)).toBe(70)
  })

  it('refuses times that contradict each other or lie in the past', async () => {
    expectProblem(await ledger.credit('hal', 1, { expires_at: inMs(-1_000) }), 'expiry_in_past')
    const pending = { reward_status: 'pending' }
    const faults = [
      await ledger.credit('hal', 1, { available_at: inMs(dayMs) }),
      await ledger.credit('hal', 1, {
        ...pending,
        available_at: inMs(dayMs),
        expires_at: inMs(dayMs / 2),
      }),
    ]
    const pointers = faults.map((answer) => expectProblem(answer, 'validation_failed').errors)
    expect(pointers.flat()).toMatchObject([
      { pointer: '/body/available_at', code: 'contradiction' },
      { pointer: '/body/expires_at', code: 'contradiction' },
    ])
    expect(await ledger.balance('hal')).toMatchObject({ version: 0 })
  })

  it('refuses in a batch what it refuses alone, by the place of the operation', async () => {
    const { body } = await ledger.credit('ida', 100)
    const refund = { refunded_cents: 3, paid_cents: 2 }
    const operation = { operation: 'reverse', entry_id: body.data.id, reason: 'refund' }
    const answer = await api.post('/api/v1/ledger/batch', {
      operations: [
        { ...operation, idempotency_key: 'ida-1', refund },
        { ...operation, idempotency_key: 'ida-2', refund, amount_cents: 1 },
      ],
    })
    const faults = answer.body.results.map((result: { problem: unknown }) => result.problem)
    expect(faults).toMatchObject([
      { errors: [{ pointer: '/body/operations/0/refund/refunded_cents' }] },
      { errors: [{ pointer: '/body/operations/1/refund' }] },
    ])
  })

  it('refuses more credits that expire than are kept of one user', async () => {
    const operations = Array.from({ length: 1_000 }, (_, index) => ({
      operation: 'credit',
      idempotency_key: `jon-${index}`,
      user_id: 'jon',
      amount_cents: 1,
      expires_at: inMs(dayMs),
    }))
    await api.post('/api/v1/ledger/batch', { operations })
    expect(await ledger.balance('jon')).toMatchObject({ balance_cents: 1_000 })
    const more = await ledger.credit('jon', 1, { expires_at: inMs(dayMs) })
    expectProblem(more, 'expiring_credits_exceeded')
  })
})
