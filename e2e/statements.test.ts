import { describe, expect, it } from 'vitest'
import type { Answer, Api } from './harness/api.ts'
import { csvRecords } from './harness/csv.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { serveProved } from './harness/served.ts'

let api: Api
let ledger: Ledger
let authorization: string

serveProved((served) => {
  ;({ api, ledger } = served)
  authorization = `Bearer ${served.service.apiKey}`
})

const pathOf = (userId: string, query: Readonly<Record<string, string | number>> = {}) =>
  `/api/v1/ledger/users/${encodeURIComponent(userId)}/statement?${new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  )}`

const statement = (userId: string, query: Readonly<Record<string, string | number>> = {}) =>
  api.get(pathOf(userId, query))

async function csvOf(userId: string, query: Readonly<Record<string, string | number>> = {}) {
  const { status, body } = await statement(userId, { ...query, format: 'csv' })
  expect(status).toBe(200)
  return csvRecords(body)
}

/** A user with a pending credit, a debit, a debt and its netting; gives the answers in order. */
async function storyOf(userId: string): Promise<Answer[]> {
  const credit = await ledger.credit(userId, 1_000, { reward_id: 'bonus' })
  const pending = await ledger.credit(userId, 300, { reward_status: 'pending' })
  const debit = await ledger.debit(userId, 700)
  const reversal = await ledger.reverse(credit.body.data.id, { shortfall: 'debt' })
  const netted = await ledger.credit(userId, 900)
  return [credit, pending, debit, reversal, netted]
}

describe('a statement as JSON', () => {
  it('has opening, each entry with what it changes and the balance after it, and closing', async () => {
    await storyOf('ann')
    const { status, headers, body } = await statement('ann')
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('vary')).toContain('Accept')
    expect(body).toMatchObject({
      user_id: 'ann',
      currency: 'USD',
      axis: 'recorded',
      from: null,
      known_at: null,
      opening: { balance_cents: 0, pending_cents: 0, debt_cents: 0, balance_dollars: '0.00' },
      closing: { balance_cents: 200, pending_cents: 300, debt_cents: 0, balance_dollars: '2.00' },
      change_cents: 200,
      pending_change_cents: 300,
      debt_change_cents: 0,
      total: 7,
      next_cursor: null,
    })
    const rows = body.lines.map((line: Answer['body']) => [
      line.entry.flow,
      line.change_cents,
      line.pending_change_cents,
      line.debt_change_cents,
      line.balance_cents,
      line.pending_cents,
      line.debt_cents,
    ])
    expect(rows).toEqual([
      ['credit', 1_000, 0, 0, 1_000, 0, 0],
      ['credit_pending', 0, 300, 0, 1_000, 300, 0],
      ['debit', -700, 0, 0, 300, 300, 0],
      ['debt', 700, 0, 700, 1_000, 300, 700],
      ['reverse_credit', -1_000, 0, 0, 0, 300, 700],
      ['credit', 900, 0, 0, 900, 300, 700],
      ['netting', -700, 0, -700, 200, 300, 0],
    ])
  })

  it('comes in pages that join, each with the balances of the whole', async () => {
    await storyOf('ben')
    const { body: whole } = await statement('ben')
    const lines = []
    let query: Record<string, string | number> = { limit: 3 }
    for (let pages = 1; ; pages++) {
      const { body } = await statement('ben', query)
      expect({ ...body, lines: [], next_cursor: null, to: whole.to }).toEqual({
        ...whole,
        lines: [],
      })
      lines.push(...body.lines)
      if (body.next_cursor === null) {
        expect(pages).toBe(3)
        break
      }
      query = { limit: 3, cursor: body.next_cursor }
      // What is written between the pages is not of this statement.
      await ledger.credit('ben', 5)
    }
    expect(lines).toEqual(whole.lines)
  })

  it('counts a backdated entry from when it counts on one axis, and from when it came on the other', async () => {
    const { body: first } = await ledger.credit('cleo', 100)
    const past = '2026-05-01T12:00:00.000Z'
    await ledger.credit('cleo', 50, { effective_at: past })
    const inMay = { from: '2026-05-01T00:00:00Z', to: '2026-06-01T00:00:00Z' }
    expect((await statement('cleo', inMay)).body).toMatchObject({ total: 0, lines: [] })
    const counted = { ...inMay, axis: 'effective' }
    expect((await statement('cleo', counted)).body).toMatchObject({
      total: 1,
      lines: [{ entry: { amount_cents: 50 }, balance_cents: 50 }],
      closing: { balance_cents: 50 },
    })
    const known = { ...counted, known_at: first.data.recorded_at }
    expect((await statement('cleo', known)).body).toMatchObject({ total: 0, lines: [] })
  })

  it('is zeros of a user who has no entries', async () => {
    const { status, body } = await statement('nobody-yet', { currency: 'JPY' })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      user_id: 'nobody-yet',
      currency: 'JPY',
      opening: { balance_cents: 0, balance_dollars: '0' },
      closing: { balance_cents: 0 },
      total: 0,
      lines: [],
      next_cursor: null,
    })
  })
})

describe('the form of a statement', () => {
  it.each([
    ['nothing said', {}, {}, 'application/json'],
    ['Accept: text/csv', { accept: 'text/csv' }, {}, 'text/csv'],
    ['a browser', { accept: 'text/html,application/xml;q=0.9,*/*;q=0.8' }, {}, 'text/html'],
    ['format over Accept', { accept: 'text/html' }, { format: 'csv' }, 'text/csv'],
    ['format=html', {}, { format: 'html' }, 'text/html'],
    ['format=json', { accept: 'text/html' }, { format: 'json' }, 'application/json'],
  ] as const)('is chosen by %s', async (_what, headers, query, mediaType) => {
    const answer = await api.send(pathOf('form', query), { headers: { authorization, ...headers } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe(`${mediaType}; charset=utf-8`)
    expect(answer.headers.get('vary')).toContain('Accept')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
  })

  it.each(['json', 'csv', 'html'])(
    'answers a HEAD request with none of it, as %s',
    async (format) => {
      const answer = await api.send(pathOf('form', { format }), {
        method: 'HEAD',
        headers: { authorization },
      })
      expect(answer).toMatchObject({ status: 200, body: '' })
    },
  )

  it('is a problem document where it is refused, whatever form was asked for', async () => {
    for (const format of ['json', 'csv', 'html']) {
      const query = { format, from: '2027-02-01T00:00:00Z', to: '2027-01-01T00:00:00Z' }
      const { errors } = expectProblem(await statement('form', query), 'validation_failed')
      expect(errors).toMatchObject([{ pointer: '/query/from', code: 'contradiction' }])
    }
  })
})

describe('a statement is refused', () => {
  it.each([
    ['an axis that there is not', { axis: 'sideways' }, '/query/axis'],
    ['a time that is none', { from: 'yesterday' }, '/query/from'],
    ['a currency that there is not', { currency: 'XQX' }, '/query/currency'],
    ['no entries on a page', { limit: 0 }, '/query/limit'],
    ['more than a page may have', { limit: 1_001 }, '/query/limit'],
    ['a form that there is not', { format: 'pdf' }, '/query/format'],
    ['a cursor of its own making', { cursor: 'abc' }, '/query/cursor'],
    ['known_at on the axis of recording', { known_at: '2027-01-01T00:00:00Z' }, '/query/known_at'],
    ['a parameter that it does not have', { page: 2 }, '/query/page'],
  ] as const)('with %s', async (_what, query, pointer) => {
    const { errors } = expectProblem(await statement('ann', query), 'validation_failed')
    expect(errors.map((error: Answer['body']) => error.pointer)).toContain(pointer)
  })

  it('without a key, and with one that may not read the ledger', async () => {
    expectProblem(await api.send(pathOf('ann'), {}), 'api_key_missing')
    const { body } = await api.post('/api/v1/keys', { name: 'rules only', scopes: ['rules:read'] })
    const headers = { authorization: `Bearer ${body.secret}` }
    expectProblem(await api.send(pathOf('ann'), { headers }), 'scope_missing')
  })
})

describe('a statement as CSV', () => {
  it('has the balances at both ends and every entry between, in minor and major units', async () => {
    await storyOf('dan')
    const records = await csvOf('dan')
    expect(records.map((record) => [record['line'], record['flow']])).toEqual([
      ['opening', ''],
      ['entry', 'credit'],
      ['entry', 'credit_pending'],
      ['entry', 'debit'],
      ['entry', 'debt'],
      ['entry', 'reverse_credit'],
      ['entry', 'credit'],
      ['entry', 'netting'],
      ['closing', ''],
    ])
    expect(records[3]).toMatchObject({
      user_sequence: '3',
      change: '-7.00',
      change_cents: '-700',
      balance: '3.00',
      balance_cents: '300',
      pending: '3.00',
      metadata: '{}',
    })
    expect(records.at(-1)).toMatchObject({ balance: '2.00', pending_cents: '300', debt: '0.00' })
  })

  it('is whole however many pages it is read in', async () => {
    const operations = Array.from({ length: 1_000 }, (_, index) => ({
      operation: 'credit',
      idempotency_key: `many-${index}`,
      user_id: 'many',
      amount_cents: 1,
    }))
    await api.post('/api/v1/ledger/batch', { operations }, null)
    await ledger.credit('many', 1)
    const records = await csvOf('many')
    expect(records).toHaveLength(1_003)
    const entries = records.slice(1, -1)
    expect(entries.map((record) => Number(record['balance_cents']))).toEqual(
      entries.map((_, index) => index + 1),
    )
    expect(records.at(-1)).toMatchObject({ line: 'closing', balance_cents: '1001' })
  })

  it('says that it is cut where a limit is reached, and goes on from the cursor', async () => {
    await storyOf('eve')
    const begin = await csvOf('eve', { limit: 4 })
    expect(begin.map((record) => record['line'])).toEqual([
      'opening',
      ...Array<string>(4).fill('entry'),
      'more',
    ])
    const rest = await csvOf('eve', { limit: 4, cursor: begin.at(-1)?.['cursor'] ?? '' })
    expect(rest.map((record) => record['user_sequence'])).toEqual(['', '5', '6', '7', ''])
    expect(rest.at(-1)).toMatchObject({ line: 'closing', balance_cents: '200' })
  })

  // Whoever opens the file in a spreadsheet must not run what a customer has typed.
  it('has no cell that a spreadsheet takes for a formula, except numbers', async () => {
    const userId = '=HYPERLINK("http://example.com")'
    const { body } = await ledger.credit(userId, 500, {
      reward_id: '@SUM(1+1)',
      metadata: { note: '=1+1, "quoted"\r\n=2' },
    })
    await ledger.reverse(body.data.id, { reason: "\t=cmd|'/C calc'!A0", amount_cents: 100 })
    await ledger.reverse(body.data.id, { reason: '-2+3', amount_cents: 100 }, '+key')
    const records = await csvOf(userId)
    const numbers = /^-?\d+(\.\d+)?$/
    const dangerous = records
      .flatMap((record) => Object.values(record))
      .filter((cell) => /^\s*[=+\-@\t\r\n]/.test(cell) && !numbers.test(cell))
    expect(dangerous).toEqual([])
    expect(records[1]).toMatchObject({
      user_id: `'${userId}`,
      reward_id: "'@SUM(1+1)",
      metadata: JSON.stringify({ note: '=1+1, "quoted"\r\n=2' }),
    })
    expect(records[2]).toMatchObject({ reason: "'\t=cmd|'/C calc'!A0", change_cents: '-100' })
    expect(records[3]).toMatchObject({ reason: "'-2+3", idempotency_key: "'+key" })
  })

  it('comes under a name that no path and no header can be made of', async () => {
    for (const userId of [
      '../../etc/passwd',
      'a"; filename="b.exe',
      'ünï\r\ncode',
      'x'.repeat(255),
    ]) {
      const { headers } = await statement(userId, { format: 'csv' })
      expect(headers.get('content-disposition')).toMatch(
        /^attachment; filename="statement_[A-Za-z0-9_-]{1,60}_USD_0001-01-01_\d{4}-\d\d-\d\d\.csv"$/,
      )
    }
  })
})
