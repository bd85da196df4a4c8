import { describe, expect, it } from 'vitest'
import { LeafFailure, leafOf } from './leaf.ts'

const entry = {
  id: '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11',
  user_id: 'ü',
  flow: 'credit',
  entry_type: 'credit',
  amount_cents: 100,
  currency: 'USD',
  debit_account: 'd',
  credit_account: 'c',
  user_sequence: 1,
  balance_after_cents: 100,
  pending_after_cents: 0,
  debt_after_cents: 0,
  reward_id: null,
  related_entry_id: null,
  reason: null,
  idempotency_key: 'k',
  actor: 'a',
  source_event: null,
  metadata: '{"a": 1.0}',
  available_at: null,
  expires_at: null,
  effective_at: '2000-01-01T00:00:01',
  recorded_at: '1999-12-31T23:59:59.999999',
}
const line = JSON.stringify(entry)
const changed = (members: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ ...entry, ...members })

// The form is promised: a leaf that was sealed must be made in the same way for ever.
it('makes the bytes of a leaf as they are documented', () => {
  const text = (value: string) => {
    const bytes = Buffer.from(value)
    return `00000019${bytes.length.toString(16).padStart(8, '0')}${bytes.toString('hex')}`
  }
  const nothing = (type: string) => `${type}ffffffff`
  const bigint = (value: string) => `0000001400000008${value}`
  const expected = [
    '00000017',
    '00000b860000001001926f3c7a107cc49a5e0c6a5f6f3b11',
    text('ü'),
    text('credit'),
    text('credit'),
    bigint('0000000000000064'),
    text('USD'),
    text('d'),
    text('c'),
    bigint('0000000000000001'),
    bigint('0000000000000064'),
    bigint('0000000000000000'),
    bigint('0000000000000000'),
    nothing('00000019'),
    nothing('00000b86'),
    nothing('00000019'),
    text('k'),
    text('a'),
    nothing('00000019'),
    '00000eda0000000b017b2261223a20312e307d',
    nothing('000004a0'),
    nothing('000004a0'),
    '000004a00000000800000000000f4240',
    '000004a000000008ffffffffffffffff',
  ]
  expect(leafOf(line)).toEqual({
    entryId: entry.id,
    bytes: Buffer.from(expected.join(''), 'hex'),
  })
})

// Each would be read by somebody as another entry than the one that was hashed.
describe('the verifier takes for no entry', () => {
  it.each([
    ['what is no JSON', line.slice(1)],
    ['another value', '[]'],
    ['null', 'null'],
    ['one with a member twice', line.replace('"flow"', '"amount_cents":900,"flow"')],
    ['one with a member more', changed({ note: 'paid' })],
    ['one with a member less', line.replace('"reason":null,', '')],
    [
      'one whose members are in another order',
      JSON.stringify(Object.fromEntries(Object.entries(entry).reverse())),
    ],
    ['one with spaces', line.replace('"flow":', '"flow": ')],
    ['one that ends with a line break', `${line}\n`],
    ['a number that a reader rounds', line.replace(':100,', ':100.00000000000000001,')],
    ['a number that is too large', changed({ amount_cents: 2 ** 53 })],
    ['a number that is not whole', changed({ amount_cents: 1.5 })],
    ['a number as a text', changed({ amount_cents: '100' })],
    ['a text that is none', changed({ actor: 1 })],
    ['metadata that is not a text', changed({ metadata: { a: 1 } })],
    ['an id in capitals', changed({ id: entry.id.toUpperCase() })],
    ['an id that is not a text', changed({ id: 1 })],
    ['a day that there is not', changed({ recorded_at: '2026-02-31T00:00:00' })],
    ['a time with a zone', changed({ recorded_at: '2026-02-01T00:00:00Z' })],
    ['a time with zeros at its end', changed({ recorded_at: '2026-02-01T00:00:00.10' })],
    ['a time that is no text', changed({ recorded_at: 0 })],
  ])('%s', (_what, text) => {
    expect(() => leafOf(text)).toThrow(LeafFailure)
  })
})
