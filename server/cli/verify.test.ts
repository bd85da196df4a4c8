import { expect, test } from 'vitest'
import { formatVerification } from './verify.ts'

test('names each fault and says plainly that the ledger is not right', () => {
  const text = formatVerification({
    ok: false,
    tree_size: 0,
    checks: [
      { name: 'sums', ok: true, checked: 3, faults: [] },
      {
        name: 'balances',
        ok: false,
        checked: 12,
        faults: [{ account: 'user:alice:available', detail: 'is 5 and its entries say 6' }],
      },
    ],
  })
  expect(text).toMatch(/│ sums +│ ok +│ 3/)
  expect(text).toMatch(/│ balances +│ FAULT +│ 12/)
  expect(text.split('\n').slice(-3)).toEqual([
    'balances · user:alice:available · is 5 and its entries say 6',
    'The log has 0 entries.',
    'The ledger is NOT right.',
  ])
})
