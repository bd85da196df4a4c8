import { describe, expect, it } from 'vitest'
import type { LedgerCommand } from './command.ts'
import { decide } from './decide.ts'
import { balanceCentsMax, emptyBalance, type UserBalance } from './entry.ts'
import {
  adjust,
  allPosted,
  at,
  confirm,
  credit,
  debit,
  expire,
  posted,
  refusedWith,
  reverse,
} from './ledger.fixture.ts'
import { LedgerInMemory } from './ledger-in-memory.ts'
import { drawFrom } from './lots.ts'
import { withNetting } from './netting.ts'
import { type Movement, post } from './posting.ts'

const day = (number: number) => `2027-02-${String(number).padStart(2, '0')}T00:00:00.000Z`
const alice = (ledger: LedgerInMemory) => ledger.balance('alice', 'USD')
const withDebt = { shortfall: 'debt' } as const

describe('the largest balance', () => {
  it('bounds what is owed as well', () => {
    const ledger = new LedgerInMemory()
    const credits = [1, 2].map(() => {
      const { entry } = posted(ledger, credit(balanceCentsMax))
      posted(ledger, debit(balanceCentsMax))
      return entry.id
    })
    const [first = '', second = ''] = credits
    posted(ledger, reverse(first, undefined, withDebt))
    expect(alice(ledger).debtCents).toBe(balanceCentsMax)
    refusedWith(ledger, reverse(second, 1n, withDebt), 'balance_limit_exceeded')
  })

  it('bounds what comes back, what is confirmed and what is adjusted', () => {
    const ledger = new LedgerInMemory()
    posted(ledger, credit(balanceCentsMax))
    const spent = posted(ledger, debit(5n)).entry
    const pending = posted(ledger, credit(5n, { isPending: true })).entry
    posted(ledger, credit(5n))
    refusedWith(ledger, reverse(spent.id, 1n), 'balance_limit_exceeded')
    refusedWith(ledger, confirm(pending.id), 'balance_limit_exceeded')
    refusedWith(ledger, adjust('credit', 1n), 'balance_limit_exceeded')
    posted(ledger, debit(1n))
    posted(ledger, reverse(spent.id, 1n))
    expect(alice(ledger).availableCents).toBe(balanceCentsMax)
  })
})

describe('the credits that expire', () => {
  it('belong to one user in one currency', () => {
    const ledger = new LedgerInMemory()
    const expiresAt = day(9)
    posted(ledger, credit(1n, { expiresAt, userId: 'bob' }))
    posted(ledger, credit(2n, { expiresAt, currency: 'JPY' }))
    const own = posted(ledger, credit(3n, { expiresAt })).entry
    posted(ledger, credit(4n))
    expect(ledger.lots('alice', 'USD').map(({ entryId }) => entryId)).toEqual([own.id])
    posted(ledger, debit(3n))
    expect(ledger.lots('alice', 'USD')).toEqual([])
    expect(ledger.lots('bob', 'USD')).toHaveLength(1)
  })

  it('are touched only where they are drawn on', () => {
    const ledger = new LedgerInMemory()
    const [first, second] = [2, 3].map(
      (number) => posted(ledger, credit(5n, { expiresAt: day(number) })).entry,
    )
    const { positions } = posted(ledger, debit(5n))
    expect(positions.map(({ entryId }) => entryId)).toEqual([first?.id])
    expect(second && ledger.position(second).unspentCents).toBe(5n)
    expect(drawFrom([], 5n)).toEqual({ drawnCents: 0n, positions: [] })
  })

  // A set of rows comes from the database in any order.
  it('are drawn on by their expiry and then their age, in whatever order they are given', () => {
    const ledger = new LedgerInMemory()
    for (const number of [9, 2, 9, 2]) posted(ledger, credit(5n, { expiresAt: day(number) }))
    const [late = '', soon = '', later = '', sooner = ''] = ledger.entries.map(({ id }) => id)
    const lots = ledger.lots('alice', 'USD')
    for (const given of [lots, [...lots].reverse()]) {
      const drawn = drawFrom(given, 20n).positions.map(({ entryId }) => entryId)
      expect(drawn).toEqual([soon, sooner, late, later])
    }
  })

  it('give what a reversal takes: first its own, then the others, then what does not expire', () => {
    const ledger = new LedgerInMemory()
    const first = posted(ledger, credit(100n, { expiresAt: day(2) })).entry
    posted(ledger, debit(60n))
    const other = posted(ledger, credit(50n, { expiresAt: day(3) })).entry
    posted(ledger, credit(10n))
    const { positions } = posted(ledger, reverse(first.id, 45n))
    expect(positions.map(({ entryId }) => entryId)).toEqual([first.id, other.id])
    expect(ledger.position(first)).toMatchObject({ unspentCents: 0n, reversedCents: 45n })
    expect(ledger.position(other).unspentCents).toBe(45n)
    posted(ledger, reverse(first.id, 55n))
    expect(alice(ledger)).toMatchObject({ availableCents: 0n, expiringCents: 0n })
  })

  it('keep what is left where a part of one is reversed', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(100n, { expiresAt: day(2) }))
    posted(ledger, credit(50n, { expiresAt: day(1) }))
    posted(ledger, reverse(entry.id, 30n))
    expect(ledger.position(entry)).toMatchObject({ unspentCents: 70n, dueAt: day(2) })
    expect(alice(ledger)).toMatchObject({ availableCents: 120n, expiringCents: 120n })
  })

  it('are left alone by the reversal of what is pending, or of a debit', () => {
    const ledger = new LedgerInMemory()
    const spent = posted(ledger, credit(5n)) && posted(ledger, debit(5n)).entry
    const lot = posted(ledger, credit(100n, { expiresAt: day(9) })).entry
    const times = { isPending: true, availableAt: day(3), expiresAt: day(4) }
    const pending = posted(ledger, credit(50n, times)).entry
    posted(ledger, reverse(pending.id, 20n))
    posted(ledger, reverse(spent.id))
    expect(ledger.position(pending)).toMatchObject({ pendingCents: 30n, dueAt: day(3) })
    expect(ledger.position(lot).unspentCents).toBe(100n)
    expect(alice(ledger)).toMatchObject({ availableCents: 105n, expiringCents: 100n })
  })

  // The journal loads them with the balance, and only where it says that there are some.
  it('are not asked for where the balance says that there are none', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(5n))
    const view = {
      balance: () => alice(ledger),
      entry: () => entry,
      position: () => ledger.position(entry),
      lots: () => {
        throw new Error('asked')
      },
      closedUntil: null,
    }
    for (const command of [debit(1n), reverse(entry.id), adjust('debit', 1n), credit(1n)])
      expect(decide(view, command, at).outcome).toBe('posted')
  })

  // Taken for one that expires, it could never be spent: what has no time is not before any.
  it('are not those that were confirmed and expire never', () => {
    const ledger = new LedgerInMemory()
    const pending = posted(ledger, credit(5n, { isPending: true })).entry
    posted(ledger, confirm(pending.id))
    expect(ledger.position(pending)).toMatchObject({ pendingCents: 0n, unspentCents: 0n })
    expect(alice(ledger)).toMatchObject({ availableCents: 5n, expiringCents: 0n })
    posted(ledger, debit(5n))
  })

  it('close with a lapse as a whole, and say how much of it', () => {
    const ledger = new LedgerInMemory()
    const pending = posted(ledger, credit(100n, { isPending: true, expiresAt: day(2) })).entry
    const lot = posted(ledger, credit(50n, { expiresAt: day(9) })).entry
    posted(ledger, expire(pending.id), day(2))
    expect(ledger.position(pending)).toMatchObject({
      pendingCents: 0n,
      expiredCents: 100n,
      dueAt: null,
    })
    expect(ledger.position(lot).unspentCents).toBe(50n)
    expect(alice(ledger)).toMatchObject({ availableCents: 50n, expiringCents: 50n })
  })
})

describe('a posting', () => {
  // Each position is a row that is written: one too many would be money that is kept track of twice.
  it('has no position where it neither waits nor expires nor is about another entry', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(5n))
    expect(ledger.balances()).toMatchObject([{ userId: 'alice', availableCents: 5n }])
    const spent = posted(ledger, debit(5n))
    const owed = allPosted(ledger, reverse(entry.id, undefined, withDebt))
    const netted = allPosted(ledger, credit(2n))
    const adjusted = allPosted(ledger, adjust('credit', 9n))
    const taken = allPosted(ledger, adjust('debit', 1n))
    const positions = [spent, ...owed, ...netted, ...adjusted, ...taken].map((each) => [
      each.entry.flow,
      each.positions.length,
    ])
    expect(positions).toEqual([
      ['debit', 0],
      ['debt', 0],
      ['reverse_credit', 1],
      ['credit', 0],
      ['netting', 0],
      ['adjust_credit', 0],
      ['netting', 0],
      ['adjust_debit', 0],
    ])
    expect(posted(ledger, credit(1n)).positions).toEqual([])
  })

  it('is answered with the entry that was asked for, whatever came before it', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(5n))
    posted(ledger, debit(5n))
    const command = reverse(entry.id, undefined, withDebt)
    expect(ledger.execute(command, at)).toMatchObject({
      outcome: 'posted',
      entry: { id: command.entryId, flow: 'reverse_credit' },
    })
  })
})

describe('a debt', () => {
  it('is left alone by what makes nothing available yet', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(5n))
    posted(ledger, debit(5n))
    posted(ledger, reverse(entry.id, undefined, withDebt))
    const pending = allPosted(ledger, credit(9n, { isPending: true }))
    expect(pending.map((each) => each.entry.flow)).toEqual(['credit_pending'])
    const reversed = allPosted(ledger, reverse(pending[0]?.entry.id ?? '', 4n))
    expect(reversed.map((each) => each.entry.flow)).toEqual(['reverse_pending'])
  })

  it('is paid by a credit of the same amount to the last unit', () => {
    const ledger = new LedgerInMemory()
    const { entry } = posted(ledger, credit(5n))
    posted(ledger, debit(5n))
    posted(ledger, reverse(entry.id, undefined, withDebt))
    expect(allPosted(ledger, credit(5n)).map((each) => each.entry.flow)).toEqual([
      'credit',
      'netting',
    ])
    expect(alice(ledger)).toMatchObject({ availableCents: 0n, debtCents: 0n })
    expect(allPosted(ledger, credit(5n))).toHaveLength(1)
  })
})

/** A movement of 5 minor units as `decide` would ask for it. */
function movementOf(flow: Movement['flow'], more: Partial<Movement> = {}): Movement {
  return {
    id: 'entry',
    flow,
    amountCents: 5n,
    expiringCents: 0n,
    rewardId: null,
    relatedEntryId: null,
    reason: null,
    availableAt: null,
    expiresAt: null,
    ...more,
  }
}

function decidingOn(command: LedgerCommand) {
  return { view: new LedgerInMemory(), command, effectiveAt: at, recordedAt: at }
}

// The first of two guards: the tables refuse the same. Nothing that a caller says can reach it.
describe('a balance whose parts would contradict each other', () => {
  const cases: readonly (readonly [string, Partial<UserBalance>, Movement])[] = [
    ['less pending than none', { pendingCents: 4n }, movementOf('confirm')],
    ['less debt than none', { availableCents: 5n, debtCents: 4n }, movementOf('netting')],
    ['less expiring than none', {}, movementOf('credit', { expiringCents: -1n })],
    ['more expiring than there is', {}, movementOf('credit', { expiringCents: 6n })],
  ]

  it.each(cases)('is never posted: %s', (_name, parts, movement) => {
    const before = { ...emptyBalance('alice', 'USD'), ...parts }
    expect(() => post(decidingOn(credit(5n)), before, movement)).toThrow(
      'the parts of the balance of alice would contradict each other',
    )
  })

  it('is posted down to zero in each part, and up to all of it expiring', () => {
    const before = { ...emptyBalance('alice', 'USD'), pendingCents: 5n }
    const confirmed = post(decidingOn(credit(5n)), before, movementOf('confirm'))
    expect(confirmed).toMatchObject({ balance: { pendingCents: 0n, availableCents: 5n } })
    const expiring = movementOf('credit', { expiringCents: 5n })
    const credited = post(decidingOn(credit(5n)), emptyBalance('alice', 'USD'), expiring)
    expect(credited).toMatchObject({ balance: { expiringCents: 5n, version: 1n } })
  })

  it('is not netted either', () => {
    const ledger = new LedgerInMemory()
    const inflow = posted(ledger, credit(5n))
    const balance = { ...inflow.balance, debtCents: 1n, pendingCents: balanceCentsMax + 1n }
    expect(() => withNetting(decidingOn(credit(5n)), { ...inflow, balance })).toThrow(
      'netting was refused: balance_limit_exceeded',
    )
  })
})
