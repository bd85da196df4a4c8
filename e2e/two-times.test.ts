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

const effective = (effective_at: string) => ({ effective_at })

async function balanceAt(userId: string, query: string): Promise<number> {
  const { status, body } = await api.get(`/api/v1/ledger/balance/${userId}?${query}`)
  expect(status).toBe(200)
  return body.balance_cents
}

describe('an entry that counts from before it was written', () => {
  it('shows on the axis of effect from its time on, on the other from when it was written', async () => {
    const { body } = await ledger.credit('ann', 100, effective('2024-03-01T00:00:00+01:00'))
    expect(body.data.effective_at).toBe('2024-02-29T23:00:00.000Z')
    const at = '2024-06-01T00:00:00Z'
    expect(await balanceAt('ann', `at=${at}`)).toBe(0)
    expect(await balanceAt('ann', `at=${at}&axis=effective`)).toBe(100)
    expect(await balanceAt('ann', 'at=2024-02-29T22:59:59Z&axis=effective')).toBe(0)
    expect(await balanceAt('ann', `at=${at}&axis=effective&known_at=${at}`)).toBe(0)
    expect(await balanceAt('ann', 'axis=effective')).toBe(100)
    expect(await balanceAt('ann', `at=${body.data.recorded_at}`)).toBe(100)
  })

  it('may be a debit or a reversal, which does not count from before its entry', async () => {
    const { body } = await ledger.credit('bea', 100, effective('2024-03-01T00:00:00Z'))
    const early = await ledger.reverse(body.data.id, effective('2024-02-01T00:00:00Z'))
    expectProblem(early, 'effective_before_original')
    await ledger.reverse(body.data.id, { amount_cents: 40, ...effective('2024-04-01T00:00:00Z') })
    await ledger.debit('bea', 10, effective('2024-05-01T00:00:00Z'))
    const at = (day: string) => balanceAt('bea', `at=2024-${day}T00:00:00Z&axis=effective`)
    expect([await at('03-15'), await at('04-15'), await at('05-15')]).toEqual([100, 60, 50])
  })

  it('is refused where it would count in the future', async () => {
    const future = await ledger.credit('cleo', 1, effective('2999-01-01T00:00:00Z'))
    expectProblem(future, 'effective_at_in_future')
  })

  it('asks for known_at on the axis of effect only', async () => {
    const answer = await api.get(
      '/api/v1/ledger/balance/ann?at=2024-01-01T00:00:00Z&known_at=2024-01-01T00:00:00Z',
    )
    expect(expectProblem(answer, 'validation_failed').errors).toMatchObject([
      { pointer: '/query/known_at' },
    ])
  })
})

describe('a closed period', () => {
  it('takes no more entries, and keeps its sums', async () => {
    await ledger.credit('dan', 70, effective('2020-05-01T00:00:00Z'))
    const close = (until: string) => api.post('/api/v1/ledger/periods/close', { until }, null)
    const first = await close('2021-01-01T00:00:00Z')
    expect(first.status).toBe(201)
    expect(first.body).toMatchObject({ closed_until: '2021-01-01T00:00:00.000Z' })
    expect(first.body.sums).toContainEqual({
      account: 'user:*:available',
      currency: 'USD',
      debits_cents: 0,
      credits_cents: 70,
    })
    const again = await close('2021-01-01T00:00:00Z')
    expect([again.status, again.body]).toEqual([200, first.body])
    const late = await ledger.credit('dan', 1, effective('2020-12-31T23:59:59.999Z'))
    expectProblem(late, 'period_closed')
    await ledger.credit('dan', 1, effective('2021-01-01T00:00:00Z'))
    const list = await api.get('/api/v1/ledger/periods')
    expect(list.body).toEqual({ periods: [first.body] })
    expectProblem(await close('2020-01-01T00:00:00Z'), 'period_closed')
    expectProblem(await close('2999-01-01T00:00:00Z'), 'period_not_over')
  })
})
