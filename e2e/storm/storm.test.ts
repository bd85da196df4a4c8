import { describe, expect, it } from 'vitest'
import { keyFaults, type Observation } from './answers.ts'
import { compareBooks, type Tables } from './books.ts'

// A checker that cannot fail would call every storm a calm: each fault is planted once.

const operation = { kind: 'credit', key: 'k', body: { user_id: 'u', amount_cents: 5 } } as const
const first: Observation = {
  operation,
  isAltered: false,
  status: 201,
  code: null,
  entry: { id: 'e1', flow: 'credit' },
  isReplay: false,
}
const repeat: Observation = { ...first, status: 200, isReplay: true }
const refused: Observation = { ...first, status: 400, code: 'insufficient_balance', entry: null }
const taken: Observation = { ...refused, status: 409, code: 'idempotency_key_reused' }

describe('the checker of answers', () => {
  it.each([
    [
      'a first answer, its repeat and an altered one',
      [first, repeat, { ...taken, isAltered: true }],
    ],
    ['a refusal and its repeat', [refused, { ...refused, isReplay: true }]],
    ['a refusal within a batch, which tells nothing', [{ ...refused, isReplay: null }]],
    ['an operation of a batch that was aborted', [{ ...taken, code: 'batch_aborted' }]],
  ])('finds nothing wrong with %s', (_name, observations) => {
    expect(keyFaults('k', observations)).toEqual([])
  })

  it.each([
    ['two effects', [first, { ...first, entry: { id: 'e2', flow: 'credit' } }]],
    ['two first answers', [first, first]],
    ['no first answer', [repeat]],
    ['two first refusals', [refused, refused]],
    ['an effect after a refusal', [refused, first]],
    ['an altered repeat that is taken for the first', [first, { ...repeat, isAltered: true }]],
    ['a key that is taken by nobody', [taken]],
    ['an error', [first, { ...taken, status: 503, code: 'journal_overloaded' }]],
  ])('finds %s', (_name, observations) => {
    expect(keyFaults('k', observations)).not.toEqual([])
  })
})

describe('the checker of the tables', () => {
  const credit = {
    user_id: 'u',
    id: 'e1',
    flow: 'credit',
    amount: 5,
    sequence: 1,
    available: 5,
    pending: 0,
    related_entry_id: null,
    idempotency_key: 'k',
    recorded_at: '2027-01-31T12:00:00Z',
  }
  const reversal = {
    ...credit,
    id: 'e2',
    flow: 'reverse_credit',
    amount: 3,
    sequence: 2,
    available: 2,
    related_entry_id: 'e1',
    idempotency_key: 'r',
  }
  const right: Tables = {
    entries: [credit, reversal],
    balances: [{ user_id: 'u', available: 2, pending: 0, version: 2 }],
    programCents: -2,
  }
  const posted = new Map<string, Observation>([
    ['k', first],
    ['r', { ...first, operation: { kind: 'reverse', key: 'r', body: {} }, entry: reversal }],
  ])

  it('finds nothing wrong with books that are right', () => {
    expect(compareBooks(right, posted).faults).toEqual([])
  })

  it.each([
    ['a lost entry', { ...right, entries: [credit] }],
    ['a doubled entry', { ...right, entries: [credit, reversal, reversal] }],
    ['another amount', { ...right, entries: [{ ...credit, amount: 6 }, reversal] }],
    ['another entry', { ...right, entries: [{ ...credit, id: 'e3' }, reversal] }],
    ['a gap in a sequence', { ...right, entries: [credit, { ...reversal, sequence: 3 }] }],
    ['a running balance that is off', { ...right, entries: [credit, { ...reversal, pending: 1 }] }],
    [
      'a time that goes back',
      { ...right, entries: [credit, { ...reversal, recorded_at: '2027-01-31T11:59:59Z' }] },
    ],
    ['a reversal of too much', { ...right, entries: [credit, { ...reversal, amount: 6 }] }],
    ['a balance that is off', { ...right, balances: [{ ...right.balances[0], available: 3 }] }],
    ['a balance of nobody', { ...right, balances: [] }],
    ['sums that are not zero', { ...right, programCents: -3 }],
  ])('finds %s', (_name, tables) => {
    expect(compareBooks(tables as Tables, posted).faults).not.toEqual([])
  })
})
