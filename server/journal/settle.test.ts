import { emptyBalance } from '@pineos/core/ledger/entry.ts'
import { credit, debit } from '@pineos/core/ledger/ledger.fixture.ts'
import { describe, expect, it } from 'vitest'
import type { KeyedPosting } from './command.ts'
import { creditAlice, keyed, recordedAt } from './keyed-posting.fixture.ts'
import { settleAtomic, settlePosting } from './settle.ts'
import { pairKey, WorkingSet } from './working-set.ts'

const available = (set: WorkingSet) => set.balance('alice', 'USD').availableCents
const settle = (set: WorkingSet, posting: KeyedPosting) => settlePosting(set, posting, recordedAt)
function settleAll(set: WorkingSet, ...postings: readonly KeyedPosting[]) {
  const outcome = settleAtomic(set, { kind: 'atomic', postings }, recordedAt)
  expect(outcome.kind).toBe('atomic')
  return outcome.outcomes
}

describe('a posting', () => {
  it('is posted once, and remembered under its key with what it has led to', () => {
    const set = new WorkingSet()
    const command = credit(500n)
    const posting = keyed('one', command, { fieldDigests: 'amount=1' })
    expect(settle(set, posting)).toMatchObject({
      kind: 'posted',
      isDuplicate: false,
      entry: { id: command.entryId, recordedAt },
    })
    expect(set.newRecords).toEqual([
      {
        ownerId: 'shop',
        key: 'one',
        fingerprint: posting.fingerprint,
        fieldDigests: 'amount=1',
        entryId: command.entryId,
        userId: 'alice',
        refusal: null,
      },
    ])
    expect(set.postings.map(({ entry }) => entry.id)).toEqual([command.entryId])
  })

  it('is answered again with its entry where the key is known, and changes nothing', () => {
    const set = new WorkingSet()
    const first = credit(500n)
    settle(set, keyed('one', first))
    expect(settle(set, keyed('one', credit(500n)))).toMatchObject({
      kind: 'posted',
      isDuplicate: true,
      entry: { id: first.entryId },
    })
    expect([available(set), set.newRecords.length, set.postings.length]).toEqual([500n, 1, 1])
  })

  // Two customers may choose the same key without knowing of each other.
  it('has its key for itself among those of its owner only', () => {
    const set = new WorkingSet()
    settle(set, keyed('one', credit(500n)))
    const other = keyed('one', credit(500n), { ownerId: 'other' })
    expect(settle(set, other)).toMatchObject({ kind: 'posted', isDuplicate: false })
  })

  // Where the connection broke during the commit the same batch runs again, and finds its own record.
  it('is no duplicate of itself when its batch runs again', () => {
    const set = new WorkingSet()
    const posting = keyed('one', credit(500n))
    settle(set, posting)
    expect(settle(set, posting)).toMatchObject({ kind: 'posted', isDuplicate: false })
    const changed = { ...posting, fingerprint: Buffer.from('something else').toString('hex') }
    expect(settle(set, changed)).toMatchObject({ kind: 'posted', isDuplicate: false })
    expect(available(set)).toBe(500n)
  })

  it('is told which fields differ where its key was used for another request', () => {
    const set = new WorkingSet()
    settle(set, keyed('one', credit(500n), { fieldDigests: 'amount=1 user=1' }))
    const fingerprint = Buffer.from('another request').toString('hex')
    const other = keyed('one', credit(501n), { fingerprint, fieldDigests: 'amount=2 user=1' })
    expect(settle(set, other)).toEqual({ kind: 'key_reused', fields: ['amount'] })
    expect(available(set)).toBe(500n)
  })

  // A rule that was changed meanwhile must not pay the same event twice, nor fail it.
  it('is a duplicate under a key of the service, whatever it would have posted', () => {
    const set = new WorkingSet()
    settle(set, keyed('one', credit(500n), { isBusinessKey: true }))
    const fingerprint = Buffer.from('another amount').toString('hex')
    const later = keyed('one', credit(700n), { fingerprint, isBusinessKey: true })
    expect(settle(set, later)).toMatchObject({
      kind: 'posted',
      isDuplicate: true,
      entry: { amountCents: 500n },
    })
  })

  it('is refused again under its key although the balance would do by now', () => {
    const set = new WorkingSet()
    const command = debit(5n)
    const refused = settle(set, keyed('one', command))
    expect(refused).toMatchObject({
      kind: 'refused',
      isDuplicate: false,
      refusal: { code: 'insufficient_balance' },
    })
    expect(set.newRecords).toMatchObject([
      { key: 'one', entryId: command.entryId, userId: null, refusal: { availableCents: 0n } },
    ])
    creditAlice(set, 100n)
    expect(settle(set, keyed('one', debit(5n)))).toEqual({ ...refused, isDuplicate: true })
    expect(available(set)).toBe(100n)
  })

  it('leaves its key free where its refusal says nothing about it', () => {
    const set = new WorkingSet()
    const own = keyed('one', debit(5n), { forgetsRefusals: true })
    expect(settle(set, own)).toMatchObject({ kind: 'refused', isDuplicate: false })
    const account = { ...emptyBalance('alice', 'USD'), isQuarantined: true }
    set.balances.rows.set(pairKey('alice', 'USD'), account)
    expect(settle(set, keyed('two', credit(5n)))).toMatchObject({
      kind: 'refused',
      isDuplicate: false,
      refusal: { code: 'account_quarantined' },
    })
    expect([set.newRecords, set.isUnchanged]).toEqual([[], true])
  })

  it('fails where the entry of its known key is not at hand', () => {
    const set = new WorkingSet()
    const command = credit(500n)
    settle(set, keyed('one', command))
    set.entries.rows.clear()
    expect(() => settle(set, keyed('one', credit(500n)))).toThrow(
      `the entry ${command.entryId} of a known idempotency key was not loaded`,
    )
  })
})

describe('postings that count together', () => {
  it('are all posted, each seeing those before it', () => {
    const set = new WorkingSet()
    const outcomes = settleAll(set, keyed('one', credit(5n)), keyed('two', debit(5n)))
    expect(outcomes).toMatchObject([
      { kind: 'posted', isDuplicate: false },
      { kind: 'posted', isDuplicate: false },
    ])
    expect([available(set), set.newRecords.length, set.postings.length]).toEqual([0n, 2, 2])
  })

  it('are all refused by the first refusal, which alone is remembered', () => {
    const set = new WorkingSet()
    const postings = [
      keyed('one', credit(5n)),
      keyed('two', debit(6n)),
      keyed('three', credit(1n)),
    ] as const
    expect(settleAll(set, ...postings)).toMatchObject([
      { kind: 'aborted' },
      { kind: 'refused', isDuplicate: false },
      { kind: 'aborted' },
    ])
    expect([available(set), set.postings.length]).toEqual([0n, 0])
    expect(set.newRecords.map(({ key }) => key)).toEqual(['two'])
    // The same again: the first answer, remembered no second time.
    expect(settleAll(set, ...postings)).toMatchObject([
      { kind: 'aborted' },
      { kind: 'refused' },
      { kind: 'aborted' },
    ])
    expect(set.newRecords).toHaveLength(1)
  })

  it('leave what an earlier request has posted as it is, and take nothing else for posted', () => {
    const set = new WorkingSet()
    settle(set, keyed('one', credit(5n)))
    const outcomes = settleAll(
      set,
      keyed('one', credit(5n)),
      keyed('new', credit(1n)),
      keyed('new', credit(1n)),
      keyed('two', debit(9n)),
    )
    expect(outcomes).toMatchObject([
      { kind: 'posted', isDuplicate: true },
      { kind: 'aborted' },
      { kind: 'aborted' },
      { kind: 'refused' },
    ])
    expect(available(set)).toBe(5n)
  })

  it('are refused by a key that was used before, with nothing to remember', () => {
    const set = new WorkingSet()
    settle(set, keyed('one', credit(5n)))
    const reused = keyed('one', credit(6n), { fingerprint: Buffer.from('another').toString('hex') })
    expect(settleAll(set, keyed('new', credit(1n)), reused)).toMatchObject([
      { kind: 'aborted' },
      { kind: 'key_reused' },
    ])
    expect([available(set), set.newRecords.length]).toEqual([5n, 1])
  })

  it('remember no refusal that leaves its key free', () => {
    const set = new WorkingSet()
    const refused = keyed('one', debit(1n), { forgetsRefusals: true })
    expect(settleAll(set, refused)).toMatchObject([{ kind: 'refused' }])
    expect(set.isUnchanged).toBe(true)
  })
})
