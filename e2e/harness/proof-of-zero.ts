import { expect } from 'vitest'
import type { Api } from './api.ts'

/** Whatever a file of tests has done, the ledger adds up and nothing is half done. */
export async function expectProofOfZero(api: Api): Promise<void> {
  const { status, body } = await api.get('/api/v1/ledger/verify')
  expect(status).toBe(200)
  expect(body.checks.flatMap((check: { faults: unknown[] }) => check.faults)).toEqual([])
  expect(body.ok).toBe(true)
  const { body: accounts } = await api.get('/api/v1/ledger/accounts')
  expect(accounts.totals.filter((total: { is_balanced: boolean }) => !total.is_balanced)).toEqual(
    [],
  )
}
