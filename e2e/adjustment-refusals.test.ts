import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Adjuster, adjustmentsPath, createAdjusters } from './harness/adjustments.ts'
import type { Answer, Api } from './harness/api.ts'
import { withDatabase } from './harness/database.ts'
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
let controller: Adjuster

serveProved((served) => {
  ;({ service, api, ledger } = served)
})
beforeAll(async () => {
  ;({ clerk, controller } = await createAdjusters(service))
})

async function quarantine(userId: string, isQuarantined: boolean): Promise<void> {
  await withDatabase(service.databaseUrl, (client) =>
    client.query('update user_balances set is_quarantined = $2::boolean where user_id = $1::text', [
      userId,
      isQuarantined,
    ]),
  )
}

async function entriesOf(userId: string): Promise<Answer['body'][]> {
  const { body } = await api.get(`/api/v1/ledger/entries?user_id=${userId}`)
  return body.entries
}

describe('a request that is none', () => {
  const right = { user_id: 'x', direction: 'credit', amount_cents: 1, reason: 'x' }
  it.each([
    ['no reason', { ...right, reason: undefined }, '/body'],
    ['an empty reason', { ...right, reason: '' }, '/body/reason'],
    ['a long reason', { ...right, reason: 'x'.repeat(501) }, '/body/reason'],
    ['another direction', { ...right, direction: 'up' }, '/body/direction'],
    ['no amount', { ...right, amount_cents: 0 }, '/body/amount_cents'],
    ['a part of a cent', { ...right, amount_cents: 1.5 }, '/body/amount_cents'],
    ['a currency that there is not', { ...right, currency: 'ZZZ' }, '/body/currency'],
    ['a status', { ...right, status: 'posted' }, '/body'],
  ])('is refused with a pointer: %s', async (_what, body, pointer) => {
    const problem = expectProblem(await api.post(adjustmentsPath, body), 'validation_failed')
    expect(problem.errors[0].pointer).toMatch(new RegExp(`^${pointer}`))
  })
})

describe('what is approved', () => {
  it('can be refused by the ledger once it is approved, and says why for ever', async () => {
    const key = randomUUID()
    const { body } = await clerk.propose('poor', large, { direction: 'debit' }, key)
    const { id } = body.data
    const first = expectProblem(await controller.approve(id), 'insufficient_balance')
    expect(first.required_cents).toBe(large)
    await ledger.credit('poor', 2 * large)
    const again = await controller.approve(id)
    expectProblem(again, 'insufficient_balance')
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const { data } = await clerk.get(id)
    expect(data).toMatchObject({ status: 'refused', problem: { code: 'insufficient_balance' } })
    // What was answered with 202 has no first refusal: it is shown as it stands.
    const shown = await clerk.propose('poor', large, { direction: 'debit' }, key)
    expect([shown.status, shown.body.data]).toEqual([200, data])
    expect(await ledger.balance('poor')).toMatchObject({ balance_cents: 2 * large })
  })
})

describe('an account in quarantine', () => {
  it('keeps an approved adjustment waiting, which is posted once the account is free', async () => {
    await ledger.credit('ill', 1)
    await quarantine('ill', true)
    const { id } = (await clerk.propose('ill', large)).body.data
    expectProblem(await controller.approve(id), 'account_quarantined')
    expectProblem(await controller.approve(id), 'account_quarantined')
    expect((await clerk.get(id)).data).toMatchObject({ status: 'approved', entry_id: null })
    await quarantine('ill', false)
    const answer = await controller.approve(id)
    expect(answer.body.data.status).toBe('posted')
    expect((await entriesOf('ill')).map(({ flow }) => flow)).toEqual(['adjust_credit', 'credit'])
  })

  it('refuses a small one for now, and takes it under the same key later', async () => {
    await ledger.credit('ill-too', 1)
    await quarantine('ill-too', true)
    const key = randomUUID()
    expectProblem(await clerk.propose('ill-too', 7, {}, key), 'account_quarantined')
    await quarantine('ill-too', false)
    const again = await clerk.propose('ill-too', 7, {}, key)
    expect([again.status, again.body.data.status]).toEqual([200, 'posted'])
    expect(await ledger.balance('ill-too')).toMatchObject({ balance_cents: 8, version: 2 })
  })
})

describe('a closed period', () => {
  it('refuses what would count before its end, whoever approves it', async () => {
    const { body } = await clerk.propose('closed', large, { effective_at: '2001-06-01T00:00:00Z' })
    await withDatabase(service.databaseUrl, (client) =>
      client.query(
        `insert into closed_periods (closed_until, closed_at, actor)
         values ('2002-01-01T00:00:00Z', now(), 'test')`,
      ),
    )
    expectProblem(await controller.approve(body.data.id), 'period_closed')
    expect((await clerk.get(body.data.id)).data.problem.code).toBe('period_closed')
  })
})
