import { describe, expect, it } from 'vitest'
import { decide } from './decide.ts'
import { balanceCentsMax } from './entry.ts'
import {
  at,
  confirm,
  credit,
  debit,
  nextId,
  posted,
  refusedWith,
  reverse,
} from './ledger.fixture.ts'
import { LedgerInMemory } from './ledger-in-memory.ts'

describe('credit', () => {
  it('moves the amount from the rewards account of the program to what the user can spend', () => {
    const { entry, balance } = posted(new LedgerInMemory(), credit(500n))
    expect(entry).toMatchObject({
      flow: 'credit',
      debitAccount: 'program:default:rewards',
      creditAccount: 'user:alice:available',
      amountCents: 500n,
      userSequence: 1n,
      balanceAfterCents: 500n,
      pendingAfterCents: 0n,
      rewardId: 'bonus',
      recordedAt: at,
      effectiveAt: at,
    })
    expect(balance).toMatchObject({ availableCents: 500n, pendingCents: 0n, version: 1n })
  })

  it('keeps a pending credit apart from what the user can spend', () => {
    const ledger = new LedgerInMemory()
    posted(ledger, credit(500n, { isPending: true }))
    expect(ledger.balance('alice', 'USD')).toMatchObject({ availableCents: 0n, pendingCents: 500n })
    refusedWith(ledger, debit(1n), 'insufficient_balance')
  })

  it('keeps the balances of currencies apart, each with a sequence of its own', () => {
    const ledger = new LedgerInMemory()
    posted(ledger, credit(500n))
    const { entry } = posted(ledger, credit(7n, { currency: 'JPY' }))
    expect(entry.userSequence).toBe(1n)
    expect(ledger.balance('alice', 'USD').availableCents).toBe(500n)
    expect(ledger.balance('alice', 'JPY').availableCents).toBe(7n)
  })

  it('names accounts of users whose ids look like patterns', () => {
    const { entry } = posted(new LedgerInMemory(), credit(1n, { userId: "$& * a:b $'" }))
    expect(entry.creditAccount).toBe("user:$& * a:b $':available")
  })

  it('refuses to take a balance past the largest that is kept, available or pending', () => {
    const ledger = new LedgerInMemory()
    posted(ledger, credit(balanceCentsMax))
    refusedWith(ledger, credit(1n), 'balance_limit_exceeded')
    posted(ledger, credit(balanceCentsMax, { isPending: true }))
    refusedWith(ledger, credit(1n, { isPending: true }), 'balance_limit_exceeded')
  })
})

describe('debit', () => {
  it('spends down to zero and not below, saying what is there and what is needed', () => {
    const ledger = new LedgerInMemory()
    posted(ledger, credit(500n))
    const refusal = refusedWith(ledger, debit(501n), 'insufficient_balance')
    expect(refusal).toMatchObject({ availableCents: 500n, requiredCents: 501n })
    const { entry, balance } = posted(ledger, debit(500n))
    expect(entry).toMatchObject({
      debitAccount: 'user:alice:available',
      creditAccount: 'program:default:redemptions',
      rewardId: null,
    })
    expect(balance.availableCents).toBe(0n)
  })
})

describe('confirm', () => {
  it('makes what is still pending spendable', () => {
    const ledger = new LedgerInMemory()
    const pending = posted(ledger, credit(500n, { isPending: true })).entry
    posted(ledger, reverse(pending.id, 100n))
    const { entry, balance } = posted(ledger, confirm(pending.id))
    expect(entry).toMatchObject({ flow: 'confirm', amountCents: 400n, relatedEntryId: pending.id })
    expect(balance).toMatchObject({ availableCents: 400n, pendingCents: 0n })
  })

  it('refuses what is not there, not pending, confirmed before or reversed', () => {
    const ledger = new LedgerInMemory()
    refusedWith(ledger, confirm(nextId()), 'entry_not_found')
    refusedWith(ledger, confirm(posted(ledger, credit(5n)).entry.id), 'entry_not_pending')
    const confirmed = posted(ledger, credit(5n, { isPending: true })).entry
    posted(ledger, confirm(confirmed.id))
    refusedWith(ledger, confirm(confirmed.id), 'already_confirmed')
    const reversed = posted(ledger, credit(5n, { isPending: true })).entry
    posted(ledger, reverse(reversed.id))
    refusedWith(ledger, confirm(reversed.id), 'already_reversed')
  })

  it('refuses to take the spendable balance past the largest that is kept', () => {
    const ledger = new LedgerInMemory()
    const pending = posted(ledger, credit(1n, { isPending: true })).entry
    posted(ledger, credit(balanceCentsMax))
    refusedWith(ledger, confirm(pending.id), 'balance_limit_exceeded')
  })
})

describe('reverse', () => {
  it('takes a credit back in parts, exactly up to its amount', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(500n))
    expect(posted(ledger, reverse(entry.id, 200n)).entry).toMatchObject({
      flow: 'reverse_credit',
      reason: 'refunded',
      relatedEntryId: entry.id,
      rewardId: 'bonus',
    })
    const refusal = refusedWith(ledger, reverse(entry.id, 301n), 'reversal_exceeds_entry')
    expect(refusal.reversibleCents).toBe(300n)
    expect(posted(ledger, reverse(entry.id)).entry.amountCents).toBe(300n)
    refusedWith(ledger, reverse(entry.id), 'already_reversed')
    refusedWith(ledger, reverse(entry.id, 1n), 'already_reversed')
    expect(ledger.balance('alice', 'USD').availableCents).toBe(0n)
  })

  it('takes a pending credit from pending, and from what is spendable once it was confirmed', () => {
    const ledger = new LedgerInMemory()
    const first = posted(ledger, credit(500n, { isPending: true })).entry
    expect(posted(ledger, reverse(first.id)).entry.flow).toBe('reverse_pending')
    const second = posted(ledger, credit(300n, { isPending: true })).entry
    posted(ledger, confirm(second.id))
    expect(posted(ledger, reverse(second.id)).entry.flow).toBe('reverse_credit')
    expect(ledger.balance('alice', 'USD')).toMatchObject({ availableCents: 0n, pendingCents: 0n })
  })

  it('gives a debit back to the user', () => {
    const ledger = new LedgerInMemory()
    posted(ledger, credit(500n))
    const spent = posted(ledger, debit(400n)).entry
    const { entry } = posted(ledger, reverse(spent.id, 100n))
    expect(entry).toMatchObject({
      flow: 'reverse_debit',
      debitAccount: 'program:default:redemptions',
    })
    expect(ledger.balance('alice', 'USD').availableCents).toBe(200n)
  })

  it('refuses to take back what the user has spent', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(500n))
    posted(ledger, debit(400n))
    refusedWith(ledger, reverse(entry.id), 'insufficient_balance')
    posted(ledger, reverse(entry.id, 100n))
  })

  it('refuses to reverse a reversal or a confirmation', () => {
    const ledger = new LedgerInMemory()
    const pending = posted(ledger, credit(500n, { isPending: true })).entry
    const confirmation = posted(ledger, confirm(pending.id)).entry
    refusedWith(ledger, reverse(confirmation.id), 'entry_not_reversible')
    const reversal = posted(ledger, reverse(pending.id)).entry
    refusedWith(ledger, reverse(reversal.id), 'entry_not_reversible')
  })

  it('refuses an entry that is not there', () => {
    refusedWith(new LedgerInMemory(), reverse(nextId()), 'entry_not_found')
  })

  it('stops on a ledger whose pending balance does not cover its open holds', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(500n, { isPending: true }))
    const broken = {
      balance: () => ({ ...ledger.balance('alice', 'USD'), pendingCents: 1n }),
      entry: () => entry,
      position: () => ledger.position(entry),
      lots: () => [],
      closedUntil: null,
    }
    expect(() => decide(broken, reverse(entry.id), at)).toThrow(/contradict/)
  })
})
