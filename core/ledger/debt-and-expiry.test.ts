import { describe, expect, it } from 'vitest'
import { initialPosition } from './entry.ts'
import {
  adjust,
  allPosted,
  at,
  confirm,
  credit,
  debit,
  expire,
  nextId,
  posted,
  refund,
  refusedWith,
  reverse,
} from './ledger.fixture.ts'
import { LedgerInMemory } from './ledger-in-memory.ts'
import { lotsMax } from './lots.ts'
import { companionId } from './posting.ts'

const day = (number: number) => `2027-02-${String(number).padStart(2, '0')}T00:00:00.000Z`
const alice = (ledger: LedgerInMemory) => ledger.balance('alice', 'USD')

/** Alice was credited 500, spent 450, and all of the 500 was reversed: she owes 450. */
function ledgerWithDebt(): LedgerInMemory {
  const ledger = new LedgerInMemory()
  const { entry } = posted(ledger, credit(500n))
  posted(ledger, debit(450n))
  posted(ledger, reverse(entry.id, undefined, { shortfall: 'debt' }))
  return ledger
}

describe('a reversal of money that is gone', () => {
  it('makes what is missing a debt, and reverses the whole amount in one entry', () => {
    const ledger = new LedgerInMemory()
    const original = posted(ledger, credit(500n)).entry
    posted(ledger, debit(450n))
    const command = reverse(original.id, undefined, { shortfall: 'debt' })
    const [lent, taken] = allPosted(ledger, command)
    expect(lent?.entry).toMatchObject({
      flow: 'debt',
      amountCents: 450n,
      debitAccount: 'user:alice:debt',
      creditAccount: 'user:alice:available',
      relatedEntryId: command.entryId,
      reason: 'refunded',
      userSequence: 3n,
      balanceAfterCents: 500n,
      debtAfterCents: 450n,
    })
    expect(taken?.entry).toMatchObject({
      id: command.entryId,
      flow: 'reverse_credit',
      amountCents: 500n,
      userSequence: 4n,
      balanceAfterCents: 0n,
      debtAfterCents: 450n,
    })
    expect(alice(ledger)).toMatchObject({ availableCents: 0n, debtCents: 450n, version: 4n })
  })

  it('makes no debt where the money is there, or where it still is pending', () => {
    const ledger = new LedgerInMemory()
    const first = posted(ledger, credit(500n)).entry
    expect(allPosted(ledger, reverse(first.id, undefined, { shortfall: 'debt' }))).toHaveLength(1)
    const pending = posted(ledger, credit(500n, { isPending: true })).entry
    expect(allPosted(ledger, reverse(pending.id, undefined, { shortfall: 'debt' }))).toHaveLength(1)
    expect(alice(ledger)).toMatchObject({ availableCents: 0n, pendingCents: 0n, debtCents: 0n })
  })

  it('lets the debt grow with each further reversal', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(500n))
    posted(ledger, debit(500n))
    posted(ledger, reverse(entry.id, 100n, { shortfall: 'debt' }))
    posted(ledger, reverse(entry.id, 200n, { shortfall: 'debt' }))
    expect(alice(ledger).debtCents).toBe(300n)
  })
})

describe('netting', () => {
  it('lets a credit pay the debt first, by an entry of its own', () => {
    const ledger = ledgerWithDebt()
    const command = credit(600n)
    const [credited, netted] = allPosted(ledger, command)
    expect(credited?.entry).toMatchObject({ balanceAfterCents: 600n, debtAfterCents: 450n })
    expect(netted?.entry).toMatchObject({
      flow: 'netting',
      amountCents: 450n,
      debitAccount: 'user:alice:available',
      creditAccount: 'user:alice:debt',
      relatedEntryId: command.entryId,
      idempotencyKey: command.idempotencyKey,
      balanceAfterCents: 150n,
      debtAfterCents: 0n,
    })
    expect(alice(ledger)).toMatchObject({ availableCents: 150n, debtCents: 0n })
  })

  it('takes all of a credit that is smaller than the debt, and no more', () => {
    const ledger = ledgerWithDebt()
    posted(ledger, credit(50n))
    expect(alice(ledger)).toMatchObject({ availableCents: 0n, debtCents: 400n })
  })

  it('waits for a pending credit to be confirmed', () => {
    const ledger = ledgerWithDebt()
    const pending = posted(ledger, credit(600n, { isPending: true })).entry
    expect(alice(ledger)).toMatchObject({ pendingCents: 600n, debtCents: 450n })
    posted(ledger, confirm(pending.id))
    expect(alice(ledger)).toMatchObject({ availableCents: 150n, pendingCents: 0n, debtCents: 0n })
  })

  it('takes from a reversed debit and from an adjustment as well', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(500n))
    const spent = posted(ledger, debit(500n)).entry
    posted(ledger, reverse(entry.id, undefined, { shortfall: 'debt' }))
    posted(ledger, reverse(spent.id, 100n))
    expect(alice(ledger)).toMatchObject({ availableCents: 0n, debtCents: 400n })
    posted(ledger, adjust('credit', 1_000n))
    expect(alice(ledger)).toMatchObject({ availableCents: 600n, debtCents: 0n })
  })

  it('draws on the credit that has just come in, also where that expires', () => {
    const ledger = ledgerWithDebt()
    const command = credit(500n, { expiresAt: day(1) })
    const lot = posted(ledger, command).entry
    expect(ledger.position(lot)).toMatchObject({ unspentCents: 50n, dueAt: day(1) })
    expect(alice(ledger)).toMatchObject({ availableCents: 50n, expiringCents: 50n, debtCents: 0n })
  })

  it('has an id of its own that its credit determines', () => {
    const id = '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11'
    expect(companionId(id)).toBe('01926f3c-7a10-7cc4-9a5e-0c6adf6f3b11')
    expect(companionId(companionId(id))).toBe(id)
  })
})

describe('a reversal in proportion to a refund', () => {
  it('takes back the portion that was refunded so far, exactly the whole at the end', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(100n))
    const amounts = [1n, 2n, 3n].map(
      (refunded) => posted(ledger, refund(entry.id, refunded * 1_000n, 3_000n)).entry.amountCents,
    )
    expect(amounts).toEqual([33n, 34n, 33n])
    refusedWith(ledger, refund(entry.id, 3_000n, 3_000n), 'already_reversed')
  })

  it('rounds half up', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(5n))
    expect(posted(ledger, refund(entry.id, 1n, 2n)).entry.amountCents).toBe(3n)
  })

  it('refuses where other reversals have covered the refund already, and stays within the rest', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(100n))
    posted(ledger, reverse(entry.id, 60n))
    refusedWith(ledger, refund(entry.id, 1n, 2n), 'already_reversed')
    expect(posted(ledger, refund(entry.id, 1n, 1n)).entry.amountCents).toBe(40n)
  })

  it('takes back no more than has not expired', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(100n, { expiresAt: day(1) }))
    posted(ledger, debit(30n))
    posted(ledger, expire(entry.id), day(2))
    expect(posted(ledger, refund(entry.id, 1n, 1n), day(3)).entry.amountCents).toBe(30n)
    refusedWith(ledger, refund(entry.id, 1n, 1n), 'already_expired', day(3))
    expect(alice(ledger)).toMatchObject({ availableCents: 0n, debtCents: 30n })
  })
})

describe('credits that expire', () => {
  it('are spent first to expire first, then what does not expire', () => {
    const ledger = new LedgerInMemory()
    const forever = posted(ledger, credit(100n)).entry
    const late = posted(ledger, credit(100n, { expiresAt: day(9) })).entry
    const soon = posted(ledger, credit(100n, { expiresAt: day(2) })).entry
    posted(ledger, debit(150n))
    expect(ledger.position(soon)).toMatchObject({ unspentCents: 0n, dueAt: null })
    expect(ledger.position(late)).toMatchObject({ unspentCents: 50n, dueAt: day(9) })
    posted(ledger, debit(100n))
    expect(ledger.position(late).unspentCents).toBe(0n)
    expect(ledger.position(forever)).toEqual(initialPosition(forever))
    expect(alice(ledger)).toMatchObject({ availableCents: 50n, expiringCents: 0n })
  })

  it('go in the order in which they came where they expire together', () => {
    const ledger = new LedgerInMemory()
    const lots = [1, 2].map(() => posted(ledger, credit(10n, { expiresAt: day(2) })).entry)
    posted(ledger, debit(10n))
    expect(lots.map((lot) => ledger.position(lot).unspentCents)).toEqual([0n, 10n])
  })

  it('go to breakage with what is unspent, once their time has passed and not before', () => {
    const ledger = new LedgerInMemory()
    const lot = posted(ledger, credit(100n, { expiresAt: day(2) })).entry
    posted(ledger, debit(30n))
    refusedWith(ledger, expire(lot.id), 'not_due', '2027-02-01T23:59:59.999Z')
    const { entry } = posted(ledger, expire(lot.id), day(2))
    expect(entry).toMatchObject({
      flow: 'expire',
      amountCents: 70n,
      debitAccount: 'user:alice:available',
      creditAccount: 'program:default:breakage',
      relatedEntryId: lot.id,
      rewardId: 'bonus',
    })
    expect(ledger.position(lot)).toMatchObject({ expiredCents: 70n, unspentCents: 0n, dueAt: null })
    refusedWith(ledger, expire(lot.id), 'already_expired', day(3))
    expect(alice(ledger)).toMatchObject({ availableCents: 0n, expiringCents: 0n })
  })

  it('cannot be spent once they have expired, even before that is posted', () => {
    const ledger = new LedgerInMemory()
    posted(ledger, credit(100n, { expiresAt: day(2) }))
    posted(ledger, credit(50n))
    const refusal = refusedWith(ledger, debit(51n), 'insufficient_balance', day(2))
    expect(refusal).toMatchObject({ availableCents: 50n, requiredCents: 51n })
    posted(ledger, debit(50n), day(2))
    expect(alice(ledger)).toMatchObject({ availableCents: 100n, expiringCents: 100n })
  })

  it('are reversed out of themselves first', () => {
    const ledger = new LedgerInMemory()
    const soon = posted(ledger, credit(100n, { expiresAt: day(2) })).entry
    const late = posted(ledger, credit(100n, { expiresAt: day(9) })).entry
    posted(ledger, reverse(late.id, 40n))
    expect(ledger.position(late)).toMatchObject({ unspentCents: 60n, reversedCents: 40n })
    expect(ledger.position(soon).unspentCents).toBe(100n)
    posted(ledger, debit(130n))
    expect(ledger.position(late).unspentCents).toBe(30n)
    posted(ledger, reverse(late.id, undefined, { shortfall: 'debt' }))
    expect(alice(ledger)).toMatchObject({ availableCents: 0n, debtCents: 30n, expiringCents: 0n })
  })

  it('let the reversal of another credit draw on them', () => {
    const ledger = new LedgerInMemory()
    const forever = posted(ledger, credit(100n)).entry
    const lot = posted(ledger, credit(100n, { expiresAt: day(9) })).entry
    posted(ledger, debit(100n))
    posted(ledger, credit(60n, { expiresAt: day(8) }))
    posted(ledger, reverse(forever.id, 80n))
    expect(ledger.position(lot).unspentCents).toBe(0n)
    expect(alice(ledger)).toMatchObject({ availableCents: 80n, expiringCents: 0n })
  })

  it('lapse to where they came from while they are pending', () => {
    const ledger = new LedgerInMemory()
    const pending = posted(ledger, credit(100n, { isPending: true, expiresAt: day(2) })).entry
    posted(ledger, reverse(pending.id, 25n))
    const { entry } = posted(ledger, expire(pending.id), day(2))
    expect(entry).toMatchObject({
      flow: 'lapse',
      amountCents: 75n,
      debitAccount: 'user:alice:pending',
      creditAccount: 'program:default:rewards',
    })
    expect(alice(ledger)).toMatchObject({ availableCents: 0n, pendingCents: 0n })
    refusedWith(ledger, confirm(pending.id), 'already_expired', day(2))
    refusedWith(ledger, reverse(pending.id), 'already_expired', day(2))
  })

  it('expire at the same time once they were confirmed, and cannot be confirmed after it', () => {
    const ledger = new LedgerInMemory()
    const times = { isPending: true, availableAt: day(3), expiresAt: day(9) }
    const first = posted(ledger, credit(100n, times)).entry
    expect(ledger.position(first).dueAt).toBe(day(3))
    posted(ledger, confirm(first.id), day(3))
    expect(ledger.position(first)).toMatchObject({ unspentCents: 100n, dueAt: day(9) })
    const second = posted(ledger, credit(100n, times)).entry
    refusedWith(ledger, confirm(second.id), 'already_expired', day(9))
  })

  it('are refused where they would have expired already', () => {
    refusedWith(new LedgerInMemory(), credit(1n, { expiresAt: at }), 'expiry_in_past')
  })

  it('are refused beyond the number that is kept, confirmed or at once', () => {
    const ledger = new LedgerInMemory()
    const pending = posted(ledger, credit(1n, { isPending: true, expiresAt: day(9) })).entry
    for (let count = 0; count < lotsMax; count++) posted(ledger, credit(1n, { expiresAt: day(9) }))
    refusedWith(ledger, credit(1n, { expiresAt: day(9) }), 'expiring_credits_exceeded')
    refusedWith(ledger, confirm(pending.id), 'expiring_credits_exceeded')
    posted(ledger, credit(1n))
    posted(ledger, debit(1n))
    posted(ledger, credit(1n, { expiresAt: day(9) }))
  })

  it('never expire where no time was given', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(1n))
    refusedWith(ledger, expire(entry.id), 'not_due', '9999-01-01T00:00:00.000Z')
    refusedWith(ledger, expire(nextId()), 'entry_not_found')
  })
})

describe('an adjustment', () => {
  it('adds to what the user can spend or takes from it, with its reason', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, adjust('credit', 100n))
    expect(entry).toMatchObject({
      flow: 'adjust_credit',
      debitAccount: 'program:default:adjustments',
      creditAccount: 'user:alice:available',
      reason: 'counted twice',
    })
    expect(posted(ledger, adjust('debit', 40n)).entry).toMatchObject({
      flow: 'adjust_debit',
      creditAccount: 'program:default:adjustments',
      reason: 'counted twice',
    })
    expect(alice(ledger).availableCents).toBe(60n)
  })

  it('takes no more than there is, first what expires first, and cannot be reversed', () => {
    const ledger = new LedgerInMemory()
    const lot = posted(ledger, credit(50n, { expiresAt: day(2) })).entry
    const { entry } = posted(ledger, adjust('credit', 50n))
    refusedWith(ledger, adjust('debit', 101n), 'insufficient_balance')
    posted(ledger, adjust('debit', 60n))
    expect(ledger.position(lot).unspentCents).toBe(0n)
    refusedWith(ledger, reverse(entry.id), 'entry_not_reversible')
  })
})

describe('the time that an entry counts from', () => {
  it('may lie before it was written, down to the end of the last closed period', () => {
    const ledger = new LedgerInMemory()
    ledger.closedUntil = '2027-01-01T00:00:00.000Z'
    const { entry } = posted(ledger, credit(1n, { effectiveAt: ledger.closedUntil }))
    expect(entry).toMatchObject({ effectiveAt: ledger.closedUntil, recordedAt: at })
    const before = '2026-12-31T23:59:59.999Z'
    refusedWith(ledger, credit(1n, { effectiveAt: before }), 'period_closed')
    refusedWith(ledger, credit(1n), 'period_closed', before)
  })

  it('may not lie in the future, nor a reversal before its entry', () => {
    const ledger = new LedgerInMemory()
    refusedWith(ledger, credit(1n, { effectiveAt: day(1) }), 'effective_at_in_future')
    const { entry } = posted(ledger, credit(1n))
    const early = reverse(entry.id, undefined, { effectiveAt: '2027-01-31T11:59:59.999Z' })
    refusedWith(ledger, early, 'effective_before_original')
  })
})

describe('an account in quarantine', () => {
  it('takes no entries of any kind until it is let out', () => {
    const ledger = new LedgerInMemory()
    const kept = posted(ledger, credit(100n, { expiresAt: day(2) })).entry
    const pending = posted(ledger, credit(100n, { isPending: true })).entry
    ledger.quarantine('alice', 'USD', true)
    const commands = [
      credit(1n),
      debit(1n),
      reverse(kept.id),
      confirm(pending.id),
      adjust('credit', 1n),
      adjust('debit', 1n),
    ]
    for (const command of commands) refusedWith(ledger, command, 'account_quarantined')
    refusedWith(ledger, expire(kept.id), 'account_quarantined', day(2))
    posted(ledger, credit(1n, { userId: 'bob' }))
    ledger.quarantine('alice', 'USD', false)
    posted(ledger, debit(1n))
  })
})
