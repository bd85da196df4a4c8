import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Api } from './harness/api.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { serveProved } from './harness/served.ts'

let api: Api
let ledger: Ledger

serveProved((served) => {
  ;({ api, ledger } = served)
})

describe('idempotency', () => {
  it('answers a duplicate with the first entry and says that it is one', async () => {
    const key = randomUUID()
    const first = await ledger.credit('repeat', 1_000, {}, key)
    expect(first.status).toBe(201)
    expect(first.body.is_duplicate).toBe(false)
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    const second = await ledger.credit('repeat', 1_000, {}, key)
    expect(second.status).toBe(200)
    expect(second.body).toEqual({ ...first.body, is_duplicate: true })
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    expect(await ledger.balance('repeat')).toMatchObject({ balance_cents: 1_000, version: 1 })
  })

  it('makes two entries of the same request under two keys', async () => {
    const first = await ledger.credit('twice', 700)
    const second = await ledger.credit('twice', 700)
    expect([first.status, second.status]).toEqual([201, 201])
    expect(first.body.data.id).not.toBe(second.body.data.id)
    expect(await ledger.balance('twice')).toMatchObject({ balance_cents: 1_400, version: 2 })
  })

  // A stored amount, user or note in the answer would tell a guesser of keys what others have done.
  it('refuses another request under a used key, names what differs and shows nothing of the first', async () => {
    const key = randomUUID()
    await ledger.credit('secretive', 4_242, { metadata: { note: 'confidential' } }, key)
    const answer = await ledger.credit('curious', 1, { metadata: { note: 'guess' } }, key)
    const problem = expectProblem(answer, 'idempotency_key_reused')
    expect(problem.fields).toEqual(['amount_cents', 'metadata', 'user_id'])
    expect(JSON.stringify(problem)).not.toMatch(/4242|confidential|secretive/)
    expect(await ledger.balance('curious')).toMatchObject({ balance_cents: 0 })
    expect(await ledger.balance('secretive')).toMatchObject({ balance_cents: 4_242 })
  })

  it('refuses a money request without a key', async () => {
    for (const operation of ['credit', 'debit', 'reverse', 'confirm']) {
      const body = { user_id: 'keyless', amount_cents: 1 }
      const answer = await api.post(`/api/v1/ledger/${operation}`, body, null)
      expectProblem(answer, 'idempotency_key_missing')
    }
    expect(await ledger.balance('keyless')).toMatchObject({ version: 0 })
  })
})

describe('credit and debit', () => {
  it('credits a user by an entry with both of its accounts', async () => {
    const { status, body } = await ledger.credit('ann', 50_000, { reward_id: 'welcome' })
    expect(status).toBe(201)
    expect(body.data).toMatchObject({
      user_id: 'ann',
      entry_type: 'credit',
      flow: 'credit',
      amount_cents: 50_000,
      currency: 'USD',
      debit_account: 'program:default:rewards',
      credit_account: 'user:ann:available',
      user_sequence: 1,
      balance_after_cents: 50_000,
      pending_after_cents: 0,
      reward_id: 'welcome',
      reward_status: 'confirmed',
      related_entry_id: null,
      reason: null,
    })
    expect(body.data.effective_at).toBe(body.data.recorded_at)
    expect(await ledger.balance('ann')).toEqual({
      user_id: 'ann',
      currency: 'USD',
      balance_cents: 50_000,
      pending_cents: 0,
      debt_cents: 0,
      balance_dollars: '500.00',
      version: 1,
      updated_at: body.data.recorded_at,
    })
  })

  it('debits a user who has enough', async () => {
    await ledger.credit('ben', 900)
    const { status, body } = await ledger.debit('ben', 900)
    expect(status).toBe(201)
    expect(body.data).toMatchObject({
      entry_type: 'debit',
      flow: 'debit',
      amount_cents: 900,
      debit_account: 'user:ben:available',
      credit_account: 'program:default:redemptions',
      balance_after_cents: 0,
      reward_status: null,
    })
    expect(await ledger.balance('ben')).toMatchObject({ balance_cents: 0, version: 2 })
  })

  it('refuses a debit beyond the balance and says what is there and what is needed', async () => {
    await ledger.credit('cleo', 300)
    const problem = expectProblem(await ledger.debit('cleo', 301), 'insufficient_balance')
    expect(problem).toMatchObject({ available_cents: 300, required_cents: 301 })
    expect(await ledger.balance('cleo')).toMatchObject({ balance_cents: 300, version: 1 })
  })

  it('refuses a credit that would pass the largest amount that JSON carries exactly', async () => {
    const max = 2 ** 53 - 1
    const full = await ledger.credit('rich', max, { currency: 'CHF' })
    expect(full.body.data.balance_after_cents).toBe(max)
    expectProblem(await ledger.credit('rich', 1, { currency: 'CHF' }), 'balance_limit_exceeded')
    expect(await ledger.balance('rich', 'CHF')).toMatchObject({
      balance_cents: max,
      balance_dollars: '90071992547409.91',
    })
  })

  it('keeps balance and entries in step over many operations', async () => {
    await ledger.credit('dora', 1_000)
    await ledger.debit('dora', 250)
    const { body } = await ledger.credit('dora', 500)
    await ledger.reverse(body.data.id)
    await ledger.debit('dora', 50)
    expect(await ledger.balance('dora')).toMatchObject({ balance_cents: 700, version: 5 })
    const page = await api.get('/api/v1/ledger/entries?user_id=dora')
    const running = page.body.entries.map(
      (entry: { balance_after_cents: number }) => entry.balance_after_cents,
    )
    expect(running).toEqual([700, 750, 1_250, 750, 1_000])
  })

  it('shows the balance as it stood at an earlier time', async () => {
    const first = await ledger.credit('eve', 100)
    await ledger.credit('eve', 20)
    const at = async (time: string) =>
      (await api.get(`/api/v1/ledger/balance/eve?at=${encodeURIComponent(time)}`)).body
        .balance_cents
    expect(await at('2020-01-01T00:00:00Z')).toBe(0)
    expect(await at('2999-01-01T00:00:00+05:30')).toBe(120)
    // Two credits in a row can be recorded in the same millisecond, never the second before the first.
    expect([100, 120]).toContain(await at(first.body.data.recorded_at))
  })

  it('shows zeros for a user whom nobody has credited', async () => {
    expect(await ledger.balance('nobody')).toEqual({
      user_id: 'nobody',
      currency: 'USD',
      balance_cents: 0,
      pending_cents: 0,
      debt_cents: 0,
      balance_dollars: '0.00',
      version: 0,
      updated_at: null,
    })
  })
})

describe('reversal', () => {
  it('offsets a credit by an entry of its own and leaves the original as it was', async () => {
    const original = (await ledger.credit('finn', 800, { reward_id: 'bonus' })).body.data
    const { status, body } = await ledger.reverse(original.id, { reason: 'Fraud' })
    expect(status).toBe(201)
    expect(body.data).toMatchObject({
      entry_type: 'reversal',
      amount_cents: 800,
      debit_account: 'user:finn:available',
      credit_account: 'program:default:rewards',
      related_entry_id: original.id,
      reason: 'Fraud',
      reward_id: 'bonus',
      reward_status: 'reversed',
      balance_after_cents: 0,
    })
    const state = await api.get(`/api/v1/ledger/entries/${original.id}`)
    expect(state.body).toEqual({
      data: original,
      pending_cents: 0,
      reversed_cents: 800,
      expired_cents: 0,
      unspent_cents: null,
      reversible_cents: 0,
      related: [body.data],
    })
  })

  it('refuses to reverse an entry a second time', async () => {
    const { body } = await ledger.credit('gil', 800)
    await ledger.reverse(body.data.id)
    expectProblem(await ledger.reverse(body.data.id), 'already_reversed')
    expect(await ledger.balance('gil')).toMatchObject({ balance_cents: 0, version: 2 })
  })

  it('refuses to reverse, confirm or show an entry that does not exist', async () => {
    const id = randomUUID()
    expectProblem(await ledger.reverse(id), 'entry_not_found')
    expectProblem(await ledger.confirm(id), 'entry_not_found')
    expectProblem(await api.get(`/api/v1/ledger/entries/${id}`), 'entry_not_found')
  })
})

describe('entries', () => {
  it('are listed newest first, filtered, and paged without gaps or repeats', async () => {
    const ids: string[] = []
    for (let amount = 1; amount <= 7; amount++) {
      ids.unshift((await ledger.credit('lister', amount)).body.data.id)
    }
    await ledger.credit('lister', 5, { currency: 'EUR' })
    await ledger.debit('lister', 3)
    const list = async (query: string) =>
      (await api.get(`/api/v1/ledger/entries?user_id=lister&${query}`)).body
    expect(await list('currency=USD')).toMatchObject({ total: 8, page: 1, page_size: 100 })
    expect(await list('entry_type=debit')).toMatchObject({
      entries: [{ amount_cents: 3 }],
      total: null,
      next_cursor: null,
    })

    const byCursor: string[] = []
    for (let cursor = ''; ; ) {
      const page = await list(`currency=USD&entry_type=credit&limit=3${cursor}`)
      byCursor.push(...page.entries.map((entry: { id: string }) => entry.id))
      if (page.next_cursor === null) break
      cursor = `&cursor=${page.next_cursor}`
    }
    expect(byCursor).toEqual(ids)
    const byOffset = await list('currency=USD&entry_type=credit&limit=3&offset=3')
    expect(byOffset).toMatchObject({ page: 2, page_size: 3 })
    expect(byOffset.entries.map((entry: { id: string }) => entry.id)).toEqual(ids.slice(3, 6))
  })

  it('count all users where no filter is set', async () => {
    const before = await ledger.entryCount()
    await ledger.credit('counter', 1)
    await ledger.credit('counter', 1, { currency: 'JPY' })
    expect(await ledger.entryCount()).toBe(before + 2)
  })
})

describe('the service', () => {
  it('is healthy, alive and ready', async () => {
    expect((await api.send('/health', {})).body).toMatchObject({ status: 'healthy' })
    expect((await api.send('/livez', {})).body).toEqual({ status: 'alive' })
    expect((await api.send('/readyz', {})).body).toEqual({
      status: 'ready',
      checks: { database: true, migrations: true, journal: true, accepting: true },
      details: {
        journal: { waiting: expect.any(Number), waiting_max: 20_000 },
        proof_of_zero: expect.objectContaining({ ok: true, quarantined_accounts: 0 }),
      },
    })
  })

  it('introduces itself as JSON to programs and as a page to browsers', async () => {
    for (const accept of ['*/*', 'application/json']) {
      const about = await api.send('/', { headers: { accept } })
      expect(about.status).toBe(200)
      expect(about.body).toMatchObject({
        name: 'PineOS Referral System',
        status: 'running',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        documentation: { openapi: '/openapi.json' },
        endpoints: { credit: 'POST /api/v1/ledger/credit' },
      })
    }
    const page = await api.send('/', { headers: { accept: 'text/html,application/xhtml+xml' } })
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    expect(page.body).toMatch(/<div id="root">/)
  })
})
