import { credit, debit } from '@pineos/core/ledger/ledger.fixture.ts'
import { describe, expect, it } from 'vitest'
import { creditAlice, keyed, recordedAt } from './keyed-posting.fixture.ts'
import type { StoredDecision, StoredEvent } from './outcome.ts'
import { settlePosting } from './settle.ts'
import { decisionKey, pairKey, WorkingSet } from './working-set.ts'

const event: StoredEvent = {
  source: 'shop',
  id: 'event-1',
  type: 'purchase',
  userId: 'alice',
  occurredAt: recordedAt,
  receivedAt: recordedAt,
  data: {},
  ruleSetVersion: 1n,
  fingerprint: Buffer.from('event').toString('hex'),
  commandId: 'command-1',
}
const decision: StoredDecision = {
  source: 'shop',
  eventId: 'event-1',
  scope: 'rule-1',
  ruleSetVersion: 1n,
  commandId: 'command-1',
  rules_evaluated: 0,
  rules_triggered: 0,
  results: [],
}
const expiresAt = '2027-02-09T00:00:00.000Z'

function creditThatExpires(set: WorkingSet, amountCents: bigint): string {
  const command = credit(amountCents, { expiresAt })
  settlePosting(set, keyed(command.idempotencyKey, command), recordedAt)
  return command.entryId
}

describe('a working set', () => {
  it('knows nobody at first, and has nothing to write', () => {
    const set = new WorkingSet()
    expect(set.balance('alice', 'USD')).toMatchObject({ availableCents: 0n, version: 0n })
    expect(set.lots('alice', 'USD')).toEqual([])
    expect(set.entry('none')).toBeUndefined()
    expect([set.closedUntil, set.isUnchanged]).toEqual([null, true])
  })

  it('knows a credit that waits once, and whatever ends it', () => {
    const set = new WorkingSet()
    const hold = {
      eventType: 'settled',
      path: 'order.id',
      value: '7',
      entryId: 'entry-1',
      userId: 'alice',
      currency: 'USD',
    }
    set.endHold(hold)
    set.wait(hold)
    set.wait(hold)
    expect([...set.holds.rows.values()]).toEqual([[hold]])
    set.endHold(hold)
    expect([...set.holds.rows.values()]).toEqual([[]])
  })

  it('is changed by a record alone, and by a decision alone', () => {
    const refused = new WorkingSet()
    settlePosting(refused, keyed('one', debit(1n)), recordedAt)
    const decided = new WorkingSet()
    decided.conclude(decision)
    expect([refused.isUnchanged, decided.isUnchanged]).toEqual([false, false])
    expect(decided.newDecisions).toEqual([decision])
    expect(decided.decisions.get(decisionKey(decision))).toBe(decision)
  })

  it('shows each posting the effects of those before it', () => {
    const set = new WorkingSet()
    const id = creditAlice(set, 5n)
    const entry = set.entry(id)
    if (!entry) throw new Error('the entry is not there')
    expect(set.balance('alice', 'USD').availableCents).toBe(5n)
    // Nothing has become of it yet, so that its position is not kept.
    expect(set.position(entry)).toMatchObject({ entryId: id, amountCents: 5n, unspentCents: 0n })
    expect(set.balance('alice', 'JPY').availableCents).toBe(0n)
  })

  it('keeps the credits that expire in the order in which they came, without those that are spent', () => {
    const set = new WorkingSet()
    const lots = [creditThatExpires(set, 5n), creditThatExpires(set, 7n)]
    expect(set.lots('alice', 'USD').map(({ entryId }) => entryId)).toEqual(lots)
    settlePosting(set, keyed('spend', debit(6n)), recordedAt)
    expect(set.lots('alice', 'USD')).toMatchObject([{ entryId: lots[1], unspentCents: 6n }])
    // A lot that is drawn on is still one lot.
    expect(set.openLots.get(pairKey('alice', 'USD'))).toEqual(lots)
    expect(set.lots('alice', 'JPY')).toEqual([])
  })

  it('skips a credit whose position is not at hand', () => {
    const set = new WorkingSet()
    creditThatExpires(set, 5n)
    set.positions.rows.clear()
    expect(set.lots('alice', 'USD')).toEqual([])
  })
})

describe('a layer', () => {
  it('sees what is below it, and changes nothing there until it is merged', () => {
    const set = new WorkingSet()
    set.closedUntil = '2027-01-01T00:00:00.000Z'
    creditThatExpires(set, 5n)
    const layer = set.layer()
    expect([layer.closedUntil, layer.isUnchanged]).toEqual([set.closedUntil, true])
    const added = creditThatExpires(layer, 7n)
    expect(layer.balance('alice', 'USD').availableCents).toBe(12n)
    expect(layer.lots('alice', 'USD')).toHaveLength(2)
    expect(set.balance('alice', 'USD').availableCents).toBe(5n)
    expect(set.lots('alice', 'USD')).toHaveLength(1)
    expect([set.postings.length, set.newRecords.length]).toEqual([1, 1])

    layer.mergeDown()
    expect(set.balance('alice', 'USD').availableCents).toBe(12n)
    expect(set.lots('alice', 'USD')).toHaveLength(2)
    expect(set.entry(added)?.amountCents).toBe(7n)
    expect([set.postings.length, set.newRecords.length]).toEqual([2, 2])
  })

  it('brings down every kind of row', () => {
    const set = new WorkingSet()
    const layer = set.layer()
    const command = credit(5n)
    settlePosting(layer, keyed('one', command), recordedAt)
    layer.receive(event)
    layer.conclude(decision)
    const names = {
      event: pairKey('shop', 'event-1'),
      decision: decisionKey(decision),
      record: pairKey('shop', 'one'),
    }
    expect(set.events.get(names.event)).toBeUndefined()
    expect(layer.events.get(names.event)).toBe(event)
    layer.mergeDown()
    expect(set.events.get(names.event)).toBe(event)
    expect(set.decisions.get(names.decision)).toBe(decision)
    expect(set.records.get(names.record)).toMatchObject({ entryId: command.entryId })
    expect([set.newEvents, set.newDecisions]).toEqual([[event], [decision]])
  })

  it('can only be merged into something', () => {
    expect(() => new WorkingSet().mergeDown()).toThrow('a working set without a base')
  })
})

describe('the keys of rows', () => {
  it('keep names apart that only look the same when they are put together', () => {
    expect(pairKey('a', 'bc')).not.toBe(pairKey('ab', 'c'))
    const key = (source: string, eventId: string, scope: string) =>
      decisionKey({ source, eventId, scope })
    expect(new Set([key('a', 'bc', ''), key('ab', 'c', ''), key('a', 'b', 'c')]).size).toBe(3)
  })
})
