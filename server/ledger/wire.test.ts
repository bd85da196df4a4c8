import { describe, expect, it } from 'vitest'
import { decimalOf } from './wire.ts'

describe('an amount as a decimal', () => {
  it.each([
    [1_234n, 'USD', '12.34'],
    [5n, 'USD', '0.05'],
    [0n, 'USD', '0.00'],
    [-5n, 'USD', '-0.05'],
    [-1_234n, 'KWD', '-1.234'],
    [-7n, 'JPY', '-7'],
    [9_007_199_254_740_991n, 'USD', '90071992547409.91'],
  ])('of %s minor units in %s is exact: %s', (cents, currency, decimal) => {
    expect(decimalOf(cents, currency)).toBe(decimal)
  })
})
