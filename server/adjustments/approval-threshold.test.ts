import { expect, it } from 'vitest'
import { needsApproval } from './approval-threshold.ts'

const threshold = { otherwiseCents: 100, centsByCurrency: { JPY: 5, KWD: 0 } }

// One unit too many without a second person is what the setting is there to prevent.
it.each([
  ['USD', 100n, false],
  ['USD', 101n, true],
  ['JPY', 5n, false],
  ['JPY', 6n, true],
  ['KWD', 1n, true],
])('in %s an adjustment of %i minor units waits: %s', (currency, amountCents, waits) => {
  expect(needsApproval(threshold, { currency, amountCents })).toBe(waits)
})

it('makes every adjustment wait where the amount is 0', () => {
  const none = { otherwiseCents: 0, centsByCurrency: {} }
  expect(needsApproval(none, { currency: 'USD', amountCents: 1n })).toBe(true)
})
