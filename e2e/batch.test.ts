import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Answer, Api } from './harness/api.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem, expectProblemDocument } from './harness/problem.ts'
import { serveProved } from './harness/served.ts'

let api: Api
let ledger: Ledger

serveProved((served) => {
  ;({ api, ledger } = served)
})

type Operation = Readonly<Record<string, unknown>>

const credit = (user_id: string, amount_cents: number, more: Operation = {}): Operation => ({
  operation: 'credit',
  idempotency_key: randomUUID(),
  user_id,
  amount_cents,
  ...more,
})
const debit = (user_id: string, amount_cents: number, more: Operation = {}): Operation => ({
  ...credit(user_id, amount_cents, more),
  operation: 'debit',
})
const reverse = (entry_id: string, more: Operation = {}): Operation => ({
  operation: 'reverse',
  idempotency_key: randomUUID(),
  entry_id,
  reason: 'Order was refunded',
  ...more,
})

function post(operations: readonly unknown[], more: Operation = {}): Promise<Answer> {
  return api.post('/api/v1/ledger/batch', { operations, ...more }, null)
}

/** The results, of a batch that was taken. */
async function resultsOf(answer: Promise<Answer>): Promise<Answer['body'][]> {
  const { status, body } = await answer
  expect(status).toBe(200)
  return body.results
}

function statuses(results: readonly Answer['body'][]): number[] {
  return results.map((result) => result.status)
}

describe('a batch', () => {
  it('gives each operation the result that it would have had alone, in order', async () => {
    const results = await resultsOf(
      post([
        credit('ada', 1_000),
        debit('ada', 400),
        debit('ada', 601),
        reverse(randomUUID()),
        credit('ada', 5, { currency: 'EUR', reward_status: 'pending' }),
      ]),
    )
    expect(statuses(results)).toEqual([201, 201, 400, 404, 201])
    expect(results[0]).toMatchObject({ is_duplicate: false, data: { balance_after_cents: 1_000 } })
    expect(results[1]).toMatchObject({ is_duplicate: false, data: { balance_after_cents: 600 } })
    expectProblemDocument(results[2].problem, 'insufficient_balance')
    expect(results[2].problem).toMatchObject({ available_cents: 600, required_cents: 601 })
    expectProblemDocument(results[3].problem, 'entry_not_found')
    expect(results[4].data).toMatchObject({ currency: 'EUR', pending_after_cents: 5 })
    expect(await ledger.balance('ada')).toMatchObject({ balance_cents: 600, version: 2 })
    const reversal = await resultsOf(post([reverse(results[1].data.id), credit('ada', 1)]))
    expect(reversal[0]).toMatchObject({
      status: 201,
      data: { related_entry_id: results[1].data.id },
    })
    expect(await ledger.balance('ada')).toMatchObject({ balance_cents: 1_001, version: 4 })
  })

  it('does not let malformed operations hurt the others', async () => {
    const results = await resultsOf(
      post([
        credit('bea', 1),
        null,
        'credit',
        { ...credit('bea', 1), operation: 'nuke' },
        credit('bea', -1),
        credit('bea', 1, { idempotency_key: '' }),
        credit('bea', 1, { idempotency_key: 'two words' }),
        { operation: 'debit' },
        credit('bea', 1, { note: 'unknown' }),
        credit('bea', 2),
      ]),
    )
    expect(statuses(results)).toEqual([201, 422, 422, 422, 422, 422, 422, 422, 422, 201])
    for (const result of results.slice(1, 9)) {
      expectProblemDocument(result.problem, 'validation_failed')
    }
    const pointers = results.slice(1, 9).map((result) => result.problem.errors[0].pointer)
    expect(pointers).toEqual([
      '/body/operations/1/operation',
      '/body/operations/2/operation',
      '/body/operations/3/operation',
      '/body/operations/4/amount_cents',
      '/body/operations/5/idempotency_key',
      '/body/operations/6/idempotency_key',
      '/body/operations/7/idempotency_key',
      '/body/operations/8/note',
    ])
    expect(await ledger.balance('bea')).toMatchObject({ balance_cents: 3, version: 2 })
  })

  it('answers the same batch again with the same entries', async () => {
    const operations = [credit('cora', 10), debit('cora', 3), debit('cora', 100)]
    const first = await resultsOf(post(operations))
    const second = await resultsOf(post(operations))
    expect(statuses(second)).toEqual([200, 200, 400])
    expect(second.map((result) => result.data)).toEqual(first.map((result) => result.data))
    expect(second[0].is_duplicate).toBe(true)
    expect(await ledger.balance('cora')).toMatchObject({ balance_cents: 7, version: 2 })
  })

  it('knows a key that it holds twice: the same is a duplicate, another is refused', async () => {
    const first = credit('dina', 10)
    const results = await resultsOf(post([first, first, { ...first, amount_cents: 11 }]))
    expect(statuses(results)).toEqual([201, 200, 409])
    expect(results[1].data.id).toBe(results[0].data.id)
    expectProblemDocument(results[2].problem, 'idempotency_key_reused')
    expect(results[2].problem.fields).toEqual(['amount_cents'])
    expect(await ledger.balance('dina')).toMatchObject({ balance_cents: 10, version: 1 })
  })

  it('shares its keys with single requests: the same fields are the same request', async () => {
    const inBatch = randomUUID()
    await resultsOf(post([credit('elsa', 10, { idempotency_key: inBatch })]))
    const single = await ledger.credit('elsa', 10, {}, inBatch)
    expect(single.status).toBe(200)
    const alone = randomUUID()
    const first = await ledger.credit('elsa', 20, { metadata: { a: 1 } }, alone)
    const [again, other] = await resultsOf(
      post([
        credit('elsa', 20, { idempotency_key: alone, metadata: { a: 1 } }),
        debit('elsa', 20, { idempotency_key: alone, metadata: { a: 1 } }),
      ]),
    )
    expect(again).toEqual({ status: 200, data: first.body.data, is_duplicate: true })
    expect(other.problem.fields).toEqual(['operation'])
    expect(await ledger.balance('elsa')).toMatchObject({ balance_cents: 30, version: 2 })
  })

  it('takes 1,000 operations and refuses 1,001, none, and what is no list', async () => {
    const operations = Array.from({ length: 1_001 }, () => credit('fay', 1))
    const before = await ledger.entryCount()
    for (const wrong of [operations, [], {}, null, 'all', undefined]) {
      expectProblem(
        await api.post('/api/v1/ledger/batch', { operations: wrong }, null),
        'validation_failed',
      )
    }
    expect(await ledger.entryCount()).toBe(before)
    const results = await resultsOf(post(operations.slice(0, 1_000)))
    expect(new Set(statuses(results))).toEqual(new Set([201]))
    expect(await ledger.balance('fay')).toMatchObject({ balance_cents: 1_000, version: 1_000 })
  })
})

describe('an atomic batch', () => {
  const atomic = { atomic: true }

  it('posts all, each seeing those before it, and answers the same again', async () => {
    const operations = [credit('gwen', 100), debit('gwen', 100), credit('hope', 7)]
    const first = await resultsOf(post(operations, atomic))
    expect(statuses(first)).toEqual([201, 201, 201])
    const second = await resultsOf(post(operations, atomic))
    expect(second).toEqual(first.map(({ data }) => ({ status: 200, data, is_duplicate: true })))
    expect(await ledger.balance('gwen')).toMatchObject({ balance_cents: 0, version: 2 })
  })

  it('posts nothing where one is refused, remembers the refusal and leaves the other keys free', async () => {
    const before = await ledger.entryCount()
    const operations = [credit('iris', 100), debit('iris', 101), credit('iris', 1)]
    const first = await resultsOf(post(operations, atomic))
    expect(statuses(first)).toEqual([409, 400, 409])
    expectProblemDocument(first[0].problem, 'batch_aborted')
    expectProblemDocument(first[1].problem, 'insufficient_balance')
    expect(first[1].problem).toMatchObject({ available_cents: 100, required_cents: 101 })
    expect(await ledger.entryCount()).toBe(before)

    // Enough by now, but the answer of the key is the first one.
    await ledger.credit('iris', 1_000)
    expect(statuses(await resultsOf(post(operations, atomic)))).toEqual([409, 400, 409])
    const mended = [operations[0], debit('iris', 101), operations[2]]
    expect(statuses(await resultsOf(post(mended, atomic)))).toEqual([201, 201, 201])
    expect(await ledger.balance('iris')).toMatchObject({ balance_cents: 1_000, version: 4 })
  })

  it('posts nothing where one is malformed', async () => {
    const before = await ledger.entryCount()
    const good = credit('june', 5)
    const results = await resultsOf(post([good, credit('june', 0)], atomic))
    expect(statuses(results)).toEqual([409, 422])
    expectProblemDocument(results[0].problem, 'batch_aborted')
    expectProblemDocument(results[1].problem, 'validation_failed')
    expect(await ledger.entryCount()).toBe(before)
    expect(statuses(await resultsOf(post([good])))).toEqual([201])
  })

  it('posts nothing where a key was used for another request', async () => {
    const used = credit('kate', 5)
    await resultsOf(post([used]))
    const results = await resultsOf(
      post([credit('kate', 1), { ...used, amount_cents: 6 }, used], atomic),
    )
    expect(statuses(results)).toEqual([409, 409, 409])
    expectProblemDocument(results[0].problem, 'batch_aborted')
    expectProblemDocument(results[1].problem, 'idempotency_key_reused')
    expect(await ledger.balance('kate')).toMatchObject({ balance_cents: 5, version: 1 })
  })

  it('says of what was posted by an earlier request that it was, even where it is refused itself', async () => {
    const posted = credit('lena', 5)
    const [first] = await resultsOf(post([posted]))
    const results = await resultsOf(post([posted, debit('lena', 6)], atomic))
    expect(results[0]).toEqual({ status: 200, data: first.data, is_duplicate: true })
    expect(results[1].status).toBe(400)
    expect(await ledger.balance('lena')).toMatchObject({ balance_cents: 5, version: 1 })
  })

  // The duplicate of an operation that is taken back must not claim that its entry is there.
  it('takes back an operation that it holds twice together with its duplicate', async () => {
    const twice = credit('mona', 5)
    const good = await resultsOf(post([twice, twice], atomic))
    expect(statuses(good)).toEqual([201, 200])
    const other = credit('mona', 7)
    const results = await resultsOf(post([other, other, debit('mona', 100)], atomic))
    expect(statuses(results)).toEqual([409, 409, 400])
    expectProblemDocument(results[1].problem, 'batch_aborted')
    expect(await ledger.balance('mona')).toMatchObject({ balance_cents: 5, version: 1 })
  })
})
