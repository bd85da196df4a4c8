import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Api } from './harness/api.ts'
import { withDatabase } from './harness/database.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { serveProved } from './harness/served.ts'
import type { RunningService } from './harness/service.ts'

// What ledgers in use have suffered from, each as the guarantee that it cannot happen here.
// docs/quality/known-pains.md lists them all, with those whose test stands elsewhere.

let service: RunningService
let api: Api
let ledger: Ledger

serveProved((served) => {
  ;({ service, api, ledger } = served)
})

const rowsOf = (userId: string): Promise<unknown[]> =>
  withDatabase(service.databaseUrl, async (client) => {
    const { rows } = await client.query(
      'select * from ledger_entries where user_id = $1 order by user_sequence',
      [userId],
    )
    return rows
  })

describe('the ledger', () => {
  // Where running balances follow the time of effect, a backdated entry rewrites all those after it.
  it('changes no row that was there when an entry counts from before it', async () => {
    for (const amount of [10, 20, 30]) await ledger.credit('ann', amount)
    const before = await rowsOf('ann')
    await ledger.credit('ann', 5, { effective_at: '2024-01-01T00:00:00Z' })
    const after = await rowsOf('ann')
    expect(after.slice(0, 3)).toEqual(before)
    expect(after).toHaveLength(4)
  })

  it('reads a balance and what is held of it as of one moment', async () => {
    const holds = await Promise.all(
      Array.from({ length: 20 }, () => ledger.credit('bea', 10, { reward_status: 'pending' })),
    )
    let isDone = false
    const seen = new Set<number>()
    const reading = (async () => {
      while (!isDone) {
        const { balance_cents, pending_cents } = await ledger.balance('bea')
        seen.add(balance_cents + pending_cents)
      }
    })()
    await Promise.all(holds.map(({ body }) => ledger.confirm(body.data.id)))
    isDone = true
    await reading
    expect([...seen]).toEqual([200])
  })

  it('takes back once what several refunds of the same purchase ask for at the same time', async () => {
    const { body } = await ledger.credit('cleo', 100)
    const refund = { refunded_cents: 500, paid_cents: 1_000 }
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ledger.reverse(body.data.id, { refund })),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(await ledger.balance('cleo')).toMatchObject({ balance_cents: 50, debt_cents: 0 })
  })

  it('confirms once what is confirmed several times at the same time', async () => {
    const { body } = await ledger.credit('dan', 100, { reward_status: 'pending' })
    const answers = await Promise.all(Array.from({ length: 8 }, () => ledger.confirm(body.data.id)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(await ledger.balance('dan')).toMatchObject({ balance_cents: 100, pending_cents: 0 })
  })

  it('lets no entry move between an account and itself', async () => {
    await ledger.credit('eve', 100)
    const refused = await withDatabase(service.databaseUrl, async (client) => {
      const entry = (await client.query(`select * from ledger_entries where user_id = 'eve'`))
        .rows[0]
      const row = {
        ...entry,
        id: randomUUID(),
        user_sequence: 2,
        credit_account: entry.debit_account,
      }
      const names = Object.keys(row)
      const places = names.map((_, index) => `$${index + 1}`).join(', ')
      return client
        .query(
          `insert into ledger_entries (${names.join(', ')}) values (${places})`,
          Object.values(row),
        )
        .then(
          () => null,
          (error) => error.constraint,
        )
    })
    expect(refused).toBe('ledger_entries_two_accounts')
  })

  it('gives a retry the first answer after the balance has changed, refused or not', async () => {
    await ledger.credit('fay', 10)
    const refused = await ledger.debit('fay', 20, {}, 'fay-1')
    expectProblem(refused, 'insufficient_balance')
    await ledger.credit('fay', 90)
    const again = await ledger.debit('fay', 20, {}, 'fay-1')
    expect(expectProblem(again, 'insufficient_balance').available_cents).toBe(10)
    const taken = await ledger.debit('fay', 100, {}, 'fay-2')
    const replayed = await ledger.debit('fay', 100, {}, 'fay-2')
    expect(replayed.body).toEqual({ data: taken.body.data, is_duplicate: true })
  })

  it('keeps what the reversal says of itself beside what it takes over from its entry', async () => {
    const { body } = await ledger.credit('gil', 10, { reward_id: 'bonus', metadata: { order: 1 } })
    const reversal = await ledger.reverse(body.data.id, { metadata: { ticket: 2 } })
    expect(reversal.body.data).toMatchObject({ reward_id: 'bonus', metadata: { ticket: 2 } })
    const { body: original } = await api.get(`/api/v1/ledger/entries/${body.data.id}`)
    expect(original.data).toEqual(body.data)
  })
})

describe('the service', () => {
  it('takes text that looks like SQL for the text that it is, in ids, reasons and filters', async () => {
    const text = `'); drop table ledger_entries; --`
    const { body } = await ledger.credit(text, 10, { reward_id: text, metadata: { [text]: text } })
    await ledger.reverse(body.data.id, { reason: text })
    const found = await api.get(`/api/v1/ledger/entries?user_id=${encodeURIComponent(text)}`)
    expect(found.body.total).toBe(2)
    expect(found.body.entries[0]).toMatchObject({ user_id: text, reason: text, reward_id: text })
    const none = await api.get(`/api/v1/ledger/balance/${encodeURIComponent(`${text}' or 1=1`)}`)
    expect(none.body).toMatchObject({ balance_cents: 0, version: 0 })
  })

  it('refuses a filter that it does not know instead of passing over it', async () => {
    const { errors } = expectProblem(
      await api.get('/api/v1/ledger/entries?usr_id=ann'),
      'validation_failed',
    )
    expect(errors).toMatchObject([{ code: 'unknown_property', pointer: '/query/usr_id' }])
  })

  it('holds nothing for a caller that has gone away, and tells the next one the true outcome', async () => {
    const key = randomUUID()
    const body = JSON.stringify({ user_id: 'hal', amount_cents: 10 })
    const abort = new AbortController()
    const sent = api
      .send('/api/v1/ledger/credit', {
        method: 'POST',
        signal: abort.signal,
        body,
        headers: {
          authorization: `Bearer ${service.apiKey}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
      })
      .catch(() => 'aborted')
    abort.abort()
    expect(await sent).toBe('aborted')
    const answer = await ledger.credit('hal', 10, {}, key)
    expect([200, 201]).toContain(answer.status)
    expect(await ledger.balance('hal')).toMatchObject({ balance_cents: 10, version: 1 })
  })
})
