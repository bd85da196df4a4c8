import { credit } from '@pineos/core/ledger/ledger.fixture.ts'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { creditAlice, keyed, recordedAt } from './keyed-posting.fixture.ts'
import { assertPostings, isClash } from './save.ts'
import { settlePosting } from './settle.ts'
import { WorkingSet } from './working-set.ts'

const saving = {
  loaded: { versions: new Map(), positions: new Map(), updatedAtMs: 0 },
  recordedAt,
  batchId: 'batch-1',
  metricNumber: () => undefined,
}

function refusalOf(facts: Partial<pg.DatabaseError>): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('refused', 0, 'error'), facts)
}

describe('the assertions before the save', () => {
  // The commit goes out behind the statements: what the tables let pass is there for ever.
  it('stop an entry that moves nothing, or moves it nowhere, or counts at another time', () => {
    const set = new WorkingSet()
    const id = creditAlice(set, 1n)
    const [posting] = set.postings
    if (!posting) throw new Error('nothing was posted')
    expect(() => assertPostings([posting], saving)).not.toThrow()
    const changed = (entry: Partial<typeof posting.entry>) => () =>
      assertPostings([posting, { ...posting, entry: { ...posting.entry, ...entry } }], saving)
    const nowhere = `entry ${id} would not move an amount between two accounts`
    expect(changed({ amountCents: 0n })).toThrow(nowhere)
    expect(changed({ amountCents: -1n })).toThrow(nowhere)
    expect(changed({ debitAccount: posting.entry.creditAccount })).toThrow(nowhere)
    expect(changed({ recordedAt: '2027-01-31T12:00:00.001Z' })).toThrow(
      `entry ${id} has another time than its batch`,
    )
  })

  it('let pass what a batch has decided at its time', () => {
    const set = new WorkingSet()
    settlePosting(set, keyed('one', credit(1n)), recordedAt)
    expect(() => assertPostings(set.postings, saving)).not.toThrow()
  })
})

describe('a clash', () => {
  // Taken for one, a fault would be tried for ever; taken for a fault, a clash would fail its caller.
  it('is a row that another writer has taken', () => {
    const constraints = [
      'idempotency_records_pk',
      'events_pk',
      'decisions_pk',
      'user_balances_pk',
      'entry_positions_pk',
      'ledger_entries_sequence_unique',
    ]
    for (const constraint of constraints)
      expect(isClash(refusalOf({ code: '23505', constraint }))).toBe(true)
    expect(isClash(refusalOf({ code: '23505', constraint: 'api_keys_pk' }))).toBe(false)
    expect(isClash(refusalOf({ code: '23505' }))).toBe(false)
    expect(isClash(refusalOf({ code: '23514', constraint: 'events_pk' }))).toBe(false)
  })

  it('is a balance or an entry that was refused by becoming null', () => {
    for (const table of ['user_balances', 'ledger_entries'])
      expect(isClash(refusalOf({ code: '23502', table }))).toBe(true)
    expect(isClash(refusalOf({ code: '23502', table: 'events' }))).toBe(false)
    expect(isClash(refusalOf({ code: '23502' }))).toBe(false)
    expect(isClash(refusalOf({ code: '23503', table: 'user_balances' }))).toBe(false)
  })

  it('is nothing that the database has not said', () => {
    const error = Object.assign(new Error('lost'), { code: '23502', table: 'user_balances' })
    expect(isClash(error)).toBe(false)
  })
})
