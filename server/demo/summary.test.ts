import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { assets } from '../assets.ts'
import type { DemoResult } from './demo.ts'
import { formatSummary } from './summary.ts'

const example = (name: string) =>
  readFileSync(join(assets.examplesDir, 'referral-year', name), 'utf8')

const balance = (user_id: string, balance_cents: number, currency = 'USD') => ({
  user_id,
  balance_cents,
  currency,
  pending_cents: 0,
  debt_cents: 0,
  balance_dollars: '',
  version: 1,
  updated_at: null,
})

const result: DemoResult = {
  accepted: 2_000,
  duplicates: 90,
  conflicts: 20,
  refused: 38,
  rewardsPaid: [{ currency: 'USD', count: 1, amountCents: 50_000 }],
  topBalances: [balance('alice', 123_456_789)],
  verification: { ok: true, checks: [], tree_size: 0 },
  isUnchanged: false,
}

// The committed output says what the independent count of the example says.
test('formats the expectation of the example as the committed output', () => {
  const expected = JSON.parse(example('expected.json'))
  const { count, amount_cents: amountCents, currency } = expected.rewards
  const summary = formatSummary({
    ...result,
    accepted: expected.accepted,
    duplicates: expected.duplicates,
    conflicts: expected.conflicts,
    refused: expected.refused,
    rewardsPaid: [{ count, amountCents, currency }],
    topBalances: expected.balances
      .slice(0, 10)
      .map((one: { user_id: string; balance_cents: number }) =>
        balance(one.user_id, one.balance_cents),
      ),
  })
  expect(`${summary}\n`).toBe(example('expected.txt'))
})

test('writes amounts with the decimals of their currency, a line for each', () => {
  const summary = formatSummary({
    ...result,
    rewardsPaid: [
      { currency: 'JPY', count: 1_200, amountCents: 50_000 },
      { currency: 'KWD', count: 1, amountCents: 7 },
    ],
  })
  expect(summary).toContain('1,200 (50,000 JPY)')
  expect(summary).toContain('1 (0.007 KWD)')
  expect(summary).toContain('1,234,567.89 USD')
})

test('names the checks that are not right', () => {
  const checks = [
    { name: 'sums_are_zero', ok: true, checked: 1, faults: [] },
    { name: 'balances_match_entries', ok: false, checked: 1, faults: [] },
  ]
  const summary = formatSummary({ ...result, verification: { ok: false, checks, tree_size: 0 } })
  expect(summary).toContain('NOT OK')
  expect(summary).toContain('balances_match_entries')
  expect(summary).not.toContain('sums_are_zero')
})

test('says that nothing was changed where nothing was, and only there', () => {
  expect(formatSummary({ ...result, isUnchanged: true })).toContain('Nothing was changed')
  expect(formatSummary(result)).not.toContain('Nothing was changed')
})
