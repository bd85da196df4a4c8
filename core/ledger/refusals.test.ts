import { describe, expect, it } from 'vitest'
import { balanceCentsMax } from './entry.ts'
import {
  adjust,
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
import { isPassing, refusalCodes } from './refusal.ts'

const day = (number: number) => `2027-02-${String(number).padStart(2, '0')}T00:00:00.000Z`

// Whoever reads a refusal has only these words to tell what to do: they name the entry, the amounts
// and the times that were compared.
describe('the words of a refusal', () => {
  it('name the entry that is not there', () => {
    const ledger = new LedgerInMemory()
    const id = nextId()
    for (const command of [reverse(id), confirm(id), expire(id)]) {
      const { detail } = refusedWith(ledger, command, 'entry_not_found')
      expect(detail).toBe(`There is no ledger entry ${id}.`)
    }
  })

  it('say when a credit would have expired, and that no more of them are kept', () => {
    const ledger = new LedgerInMemory()
    expect(refusedWith(ledger, credit(1n, { expiresAt: at }), 'expiry_in_past').detail).toBe(
      `The credit would have expired at ${at}; it is ${at}.`,
    )
    for (let count = 0; count < lotsMax; count++) posted(ledger, credit(1n, { expiresAt: day(9) }))
    const more = credit(1n, { expiresAt: day(9) })
    expect(refusedWith(ledger, more, 'expiring_credits_exceeded').detail).toBe(
      'alice has 1000 unspent credits that expire; no more are kept.',
    )
  })

  it('say why a credit cannot be confirmed', () => {
    const ledger = new LedgerInMemory()
    const ready = posted(ledger, credit(5n)).entry.id
    expect(refusedWith(ledger, confirm(ready), 'entry_not_pending').detail).toBe(
      `Entry ${ready} is a credit, not a pending credit.`,
    )
    const isPending = true
    const confirmed = posted(ledger, credit(5n, { isPending })).entry.id
    posted(ledger, confirm(confirmed))
    expect(refusedWith(ledger, confirm(confirmed), 'already_confirmed').detail).toBe(
      `Entry ${confirmed} is already confirmed.`,
    )
    // Reversed later, it still was confirmed: only what was reversed while it was pending is gone so.
    posted(ledger, reverse(confirmed, 2n))
    refusedWith(ledger, confirm(confirmed), 'already_confirmed')
    const reversed = posted(ledger, credit(5n, { isPending })).entry.id
    posted(ledger, reverse(reversed))
    expect(refusedWith(ledger, confirm(reversed), 'already_reversed').detail).toBe(
      `Entry ${reversed} is already reversed as a whole.`,
    )
    const late = posted(ledger, credit(5n, { isPending, expiresAt: day(2) })).entry.id
    expect(refusedWith(ledger, confirm(late), 'already_expired', day(3)).detail).toBe(
      `Entry ${late} has expired at ${day(2)}.`,
    )
    posted(ledger, reverse(late, 1n))
    posted(ledger, expire(late), day(3))
    expect(refusedWith(ledger, confirm(late), 'already_expired', day(3)).detail).toBe(
      `What was left of entry ${late} has expired.`,
    )
  })

  it('say why nothing expires', () => {
    const ledger = new LedgerInMemory()
    const pending = posted(ledger, credit(5n, { isPending: true, expiresAt: day(2) })).entry.id
    expect(refusedWith(ledger, expire(pending), 'not_due').detail).toBe(
      `Entry ${pending}, a credit pending, expires ${day(2)}; it is ${at}.`,
    )
    const forever = posted(ledger, credit(5n)).entry.id
    expect(refusedWith(ledger, expire(forever), 'not_due').detail).toBe(
      `Entry ${forever}, a credit, expires never; it is ${at}.`,
    )
    posted(ledger, expire(pending), day(2))
    expect(refusedWith(ledger, expire(pending), 'already_expired', day(2)).detail).toBe(
      `Nothing is left of entry ${pending} to expire.`,
    )
  })

  it('say why an entry cannot be reversed', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(100n))
    const early = reverse(entry.id, undefined, { effectiveAt: '2027-01-31T11:59:59.999Z' })
    expect(refusedWith(ledger, early, 'effective_before_original').detail).toBe(
      `Entry ${entry.id} counts from ${at}, its reversal would from 2027-01-31T11:59:59.999Z.`,
    )
    const reversal = posted(ledger, reverse(entry.id, 50n)).entry.id
    expect(refusedWith(ledger, reverse(reversal), 'entry_not_reversible').detail).toBe(
      `Entry ${reversal} is a reverse credit and cannot be reversed itself.`,
    )
    expect(refusedWith(ledger, reverse(entry.id, 51n), 'reversal_exceeds_entry')).toMatchObject({
      detail: `51 cannot be reversed: 50 is left of entry ${entry.id}.`,
      reversibleCents: 50n,
    })
    // Half of it was refunded, and half of it is reversed.
    expect(refusedWith(ledger, refund(entry.id, 1n, 2n), 'already_reversed').detail).toBe(
      `50 of entry ${entry.id} is reversed, which covers this refund.`,
    )
    posted(ledger, reverse(entry.id, 50n))
    expect(refusedWith(ledger, reverse(entry.id), 'already_reversed').detail).toBe(
      `Entry ${entry.id} is already reversed as a whole.`,
    )
    const lot = posted(ledger, credit(5n, { expiresAt: day(2) })).entry.id
    posted(ledger, expire(lot), day(2))
    expect(refusedWith(ledger, reverse(lot), 'already_expired', day(2)).detail).toBe(
      `What was left of entry ${lot} has expired.`,
    )
  })

  it('say what is there and what is needed, also of what has expired meanwhile', () => {
    const ledger = new LedgerInMemory()
    posted(ledger, credit(5n))
    const { entry } = posted(ledger, credit(5n, { expiresAt: day(2) }))
    expect(refusedWith(ledger, debit(11n), 'insufficient_balance')).toEqual({
      code: 'insufficient_balance',
      detail: '11 USD minor units are needed, 10 are available.',
      availableCents: 10n,
      requiredCents: 11n,
    })
    expect(refusedWith(ledger, adjust('debit', 6n), 'insufficient_balance', day(2)).detail).toBe(
      '6 USD minor units are needed, 5 are available.',
    )
    posted(ledger, debit(10n))
    expect(refusedWith(ledger, reverse(entry.id), 'insufficient_balance')).toEqual({
      code: 'insufficient_balance',
      detail: '5 USD minor units are needed, 0 are available.',
      availableCents: 0n,
      requiredCents: 5n,
    })
  })

  it('say which time does not count, and from when on one would', () => {
    const ledger = new LedgerInMemory()
    const future = credit(1n, { effectiveAt: day(1) })
    expect(refusedWith(ledger, future, 'effective_at_in_future').detail).toBe(
      `The entry would count at ${day(1)}; it is written at ${at}.`,
    )
    ledger.closedUntil = day(3)
    expect(refusedWith(ledger, credit(1n), 'period_closed', day(2)).detail).toBe(
      `The entry would count at ${day(2)}; everything before ${day(3)} is closed.`,
    )
    posted(ledger, credit(1n), day(3))
  })

  it('name the account in quarantine, and the largest balance that is kept', () => {
    const ledger = new LedgerInMemory()
    posted(ledger, credit(balanceCentsMax))
    expect(refusedWith(ledger, credit(1n), 'balance_limit_exceeded').detail).toBe(
      'A balance is at most 9007199254740991 minor units.',
    )
    ledger.quarantine('alice', 'USD', true)
    expect(refusedWith(ledger, credit(1n), 'account_quarantined').detail).toBe(
      'The account of alice in USD is in quarantine.',
    )
  })
})

describe('a refusal', () => {
  // One that passes with its cause would otherwise be the answer to its key for ever.
  it('is remembered with its key unless it is that of a quarantine', () => {
    const passing = refusalCodes.filter((code) => isPassing({ code, detail: '' }))
    expect(passing).toEqual(['account_quarantined'])
  })
})
