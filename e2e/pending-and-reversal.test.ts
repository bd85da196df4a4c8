import { describe, expect, it } from 'vitest'
import type { Answer, Api } from './harness/api.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { serveProved } from './harness/served.ts'

let api: Api
let ledger: Ledger

serveProved((served) => {
  ;({ api, ledger } = served)
})

const pending = { reward_status: 'pending' }

/** Posts the credit and gives the id of its entry. */
async function credited(answer: Promise<Answer>): Promise<string> {
  const { status, body } = await answer
  expect(status).toBe(201)
  return body.data.id
}

async function stateOf(entryId: string): Promise<Answer['body']> {
  const { body } = await api.get(`/api/v1/ledger/entries/${entryId}`)
  const { pending_cents, reversed_cents, reversible_cents } = body
  return { pending_cents, reversed_cents, reversible_cents }
}

describe('a pending credit', () => {
  it('waits beside the balance, is confirmed, and is then reversed from the balance', async () => {
    const id = await credited(ledger.credit('ann', 500, { ...pending, reward_id: 'bonus' }))
    expect(await ledger.balance('ann')).toMatchObject({ balance_cents: 0, pending_cents: 500 })
    expect(await stateOf(id)).toEqual({
      pending_cents: 500,
      reversed_cents: 0,
      reversible_cents: 500,
    })

    const confirmed = await ledger.confirm(id)
    expect(confirmed.status).toBe(201)
    expect(confirmed.body.data).toMatchObject({
      entry_type: 'credit',
      flow: 'confirm',
      amount_cents: 500,
      debit_account: 'user:ann:pending',
      credit_account: 'user:ann:available',
      reward_id: 'bonus',
      reward_status: 'confirmed',
      related_entry_id: id,
      balance_after_cents: 500,
      pending_after_cents: 0,
    })
    expect(await ledger.balance('ann')).toMatchObject({ balance_cents: 500, pending_cents: 0 })

    const reversed = await ledger.reverse(id)
    expect(reversed.body.data).toMatchObject({
      flow: 'reverse_credit',
      debit_account: 'user:ann:available',
      credit_account: 'program:default:rewards',
      reward_status: 'reversed',
    })
    expect(await ledger.balance('ann')).toMatchObject({ balance_cents: 0, version: 3 })
    expect(await stateOf(id)).toEqual({
      pending_cents: 0,
      reversed_cents: 500,
      reversible_cents: 0,
    })
  })

  it('is reversed while it waits, and cannot be confirmed any more', async () => {
    const id = await credited(ledger.credit('ben', 500, pending))
    const reversed = await ledger.reverse(id)
    expect(reversed.body.data).toMatchObject({
      flow: 'reverse_pending',
      debit_account: 'user:ben:pending',
    })
    expectProblem(await ledger.confirm(id), 'already_reversed')
    expect(await ledger.balance('ben')).toMatchObject({ balance_cents: 0, pending_cents: 0 })
  })

  it('is confirmed as far as it was not reversed, and the rest is reversed afterwards', async () => {
    const id = await credited(ledger.credit('cleo', 500, pending))
    await ledger.reverse(id, { amount_cents: 200 })
    expect(await ledger.balance('cleo')).toMatchObject({ balance_cents: 0, pending_cents: 300 })
    const confirmed = await ledger.confirm(id)
    expect(confirmed.body.data.amount_cents).toBe(300)
    expect(await stateOf(id)).toEqual({
      pending_cents: 0,
      reversed_cents: 200,
      reversible_cents: 300,
    })
    const tooMuch = expectProblem(
      await ledger.reverse(id, { amount_cents: 301 }),
      'reversal_exceeds_entry',
    )
    expect(tooMuch.reversible_cents).toBe(300)
    const rest = await ledger.reverse(id)
    expect(rest.body.data).toMatchObject({ flow: 'reverse_credit', amount_cents: 300 })
    expectProblem(await ledger.reverse(id), 'already_reversed')
    expect(await ledger.balance('cleo')).toMatchObject({ balance_cents: 0, pending_cents: 0 })
  })

  it('is confirmed once', async () => {
    const id = await credited(ledger.credit('dora', 500, pending))
    const answers = await Promise.all(Array.from({ length: 8 }, () => ledger.confirm(id)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expectProblem(answer, 'already_confirmed')
    }
    expect(await ledger.balance('dora')).toMatchObject({ balance_cents: 500, version: 2 })
  })

  it('is the only kind of entry that can be confirmed', async () => {
    const credit = await credited(ledger.credit('eve', 500))
    const debit = await credited(ledger.debit('eve', 100))
    const reversal = await credited(ledger.reverse(debit))
    for (const id of [credit, debit, reversal]) {
      expectProblem(await ledger.confirm(id), 'entry_not_pending')
    }
  })

  it('is reversed itself, never its confirmation', async () => {
    const id = await credited(ledger.credit('finn', 500, pending))
    const confirmation = await credited(ledger.confirm(id))
    expectProblem(await ledger.reverse(confirmation), 'entry_not_reversible')
    expectProblem(await ledger.confirm(confirmation), 'entry_not_pending')
    expect(await ledger.balance('finn')).toMatchObject({ balance_cents: 500 })
  })
})

describe('a reversal', () => {
  it('is refused where the balance would pass its largest amount', async () => {
    const max = 2 ** 53 - 1
    const currency = 'NOK'
    await credited(ledger.credit('kim', max, { currency }))
    const debit = await credited(ledger.debit('kim', 10, { currency }))
    await credited(ledger.credit('kim', 5, { currency }))
    expectProblem(await ledger.reverse(debit), 'balance_limit_exceeded')
    await credited(ledger.reverse(debit, { amount_cents: 5 }))
    expect(await ledger.balance('kim', currency)).toMatchObject({ balance_cents: max })
  })

  it('takes parts up to the exact sum, and says how much is left where more is asked for', async () => {
    const id = await credited(ledger.credit('gil', 100))
    for (const part of [1, 60, 38]) {
      expect((await ledger.reverse(id, { amount_cents: part })).status).toBe(201)
    }
    const problem = expectProblem(
      await ledger.reverse(id, { amount_cents: 2 }),
      'reversal_exceeds_entry',
    )
    expect(problem.reversible_cents).toBe(1)
    expect((await ledger.reverse(id, { amount_cents: 1 })).status).toBe(201)
    expectProblem(await ledger.reverse(id, { amount_cents: 1 }), 'already_reversed')
    const { body } = await api.get(`/api/v1/ledger/entries/${id}`)
    expect(body.related.map((entry: { amount_cents: number }) => entry.amount_cents)).toEqual([
      1, 60, 38, 1,
    ])
    expect(await ledger.balance('gil')).toMatchObject({ balance_cents: 0, version: 5 })
  })

  it('never takes more than the entry when parts of it come at once', async () => {
    const id = await credited(ledger.credit('hugo', 100))
    await ledger.credit('hugo', 10_000)
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => ledger.reverse(id, { amount_cents: 30 })),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
    expect(await stateOf(id)).toMatchObject({ reversed_cents: 90, reversible_cents: 10 })
    expect(await ledger.balance('hugo')).toMatchObject({ balance_cents: 10_010 })
  })

  it('is refused where the money is spent, with what is there and what is needed', async () => {
    const id = await credited(ledger.credit('iris', 500))
    await ledger.debit('iris', 400)
    const problem = expectProblem(await ledger.reverse(id), 'insufficient_balance')
    expect(problem).toMatchObject({ available_cents: 100, required_cents: 500 })
    expect((await ledger.reverse(id, { amount_cents: 100 })).status).toBe(201)
    expect(await stateOf(id)).toMatchObject({ reversed_cents: 100, reversible_cents: 400 })
    expect(await ledger.balance('iris')).toMatchObject({ balance_cents: 0 })
  })

  it('gives a debit back, whole or in part', async () => {
    await credited(ledger.credit('jo', 500))
    const id = await credited(ledger.debit('jo', 500))
    const part = await ledger.reverse(id, { amount_cents: 100 })
    expect(part.body.data).toMatchObject({
      flow: 'reverse_debit',
      debit_account: 'program:default:redemptions',
      credit_account: 'user:jo:available',
      reward_status: null,
    })
    await ledger.reverse(id)
    expectProblem(await ledger.reverse(id), 'already_reversed')
    expect(await ledger.balance('jo')).toMatchObject({ balance_cents: 500, version: 4 })
  })
})

describe('currencies', () => {
  it.each([
    ['USD', 123_456, '1234.56'],
    ['JPY', 123_456, '123456'],
    ['KWD', 123_456, '123.456'],
    ['EUR', 5, '0.05'],
    ['KWD', 7, '0.007'],
    ['INR', 100, '1.00'],
  ])('%s are kept apart and shown with their own decimals', async (currency, amount, decimal) => {
    const user = `multi-${currency}-${amount}`
    await credited(ledger.credit(user, 77, { currency: 'CHF' }))
    await credited(ledger.credit(user, amount, { currency }))
    expect(await ledger.balance(user, currency)).toMatchObject({
      currency,
      balance_cents: amount,
      balance_dollars: decimal,
      version: 1,
    })
    expect(await ledger.balance(user, 'CHF')).toMatchObject({ balance_cents: 77, version: 1 })
  })

  // Gold, drawing rights and the code for tests are in ISO 4217 without a minor unit to count in.
  it.each(['XAU', 'XTS', 'XDR'])('refuse %s, which has no minor unit', async (currency) => {
    expectProblem(await ledger.credit('gold', 1, { currency }), 'validation_failed')
  })

  it('do not pay for each other', async () => {
    await credited(ledger.credit('lou', 500, { currency: 'EUR' }))
    expectProblem(await ledger.debit('lou', 1), 'insufficient_balance')
    expect((await ledger.debit('lou', 500, { currency: 'EUR' })).status).toBe(201)
  })
})

describe('the trial balance', () => {
  it('follows every flow, debits equal to credits', async () => {
    const currency = 'SEK'
    const confirmed = await credited(ledger.credit('tria', 1_000, { currency }))
    const waiting = await credited(ledger.credit('tria', 300, { currency, ...pending }))
    await credited(ledger.confirm(waiting))
    await credited(ledger.credit('trib', 50, { currency, ...pending }))
    const debited = await credited(ledger.debit('tria', 400, { currency }))
    await credited(ledger.reverse(debited, { amount_cents: 100 }))
    await credited(ledger.reverse(confirmed, { amount_cents: 200 }))

    const { body } = await api.get('/api/v1/ledger/accounts')
    const own = (rows: Readonly<Record<string, unknown>>[]) =>
      rows.filter((row) => row['currency'] === currency)
    expect(own(body.totals)).toEqual([
      { currency, debits_cents: 2_350, credits_cents: 2_350, entries: 7, is_balanced: true },
    ])
    const balances = own(body.accounts).map(({ account, normal_side, balance_cents }) => [
      account,
      normal_side,
      balance_cents,
    ])
    expect(balances).toEqual([
      ['program:default:redemptions', 'credit', 300],
      ['program:default:rewards', 'debit', 1_150],
      ['user:*:available', 'credit', 800],
      ['user:*:pending', 'credit', 50],
    ])
    expect(await ledger.balance('tria', currency)).toMatchObject({ balance_cents: 800 })
  })
})
