import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LedgerCommand } from './command.ts'
import { flows } from './flows.ts'
import { LedgerInMemory } from './ledger-in-memory.ts'

const start = Date.parse('2027-01-31T12:00:00.000Z')
const dayMs = 86_400_000
const instant = (day: number) => new Date(start + day * dayMs).toISOString()

/** A command whose target, if it has one, is picked among the entries there are by then. */
interface Step {
  readonly kind: LedgerCommand['kind']
  readonly userId: string
  readonly currency: string
  readonly amountCents: bigint
  readonly isPending: boolean
  readonly isWhole: boolean
  readonly isDebtAllowed: boolean
  readonly expiresInDays: number | null
  readonly daysBefore: number
  readonly target: number
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('credit', 'debit', 'reverse', 'confirm', 'expire', 'adjust'),
    userId: fc.constantFrom('alice', 'bob'),
    currency: fc.constantFrom('USD', 'JPY'),
    amountCents: fc.bigInt({ min: 1n, max: 50n }),
    isPending: fc.boolean(),
    isWhole: fc.boolean(),
    isDebtAllowed: fc.boolean(),
    expiresInDays: fc.option(fc.integer({ min: 0, max: 20 })),
    daysBefore: fc.constantFrom(0, 0, 0, 3),
    target: fc.nat(1000),
  }),
  { maxLength: 80 },
)

/** The command of a step that takes place on the day with the number of its place. */
function commandOf(step: Step, ledger: LedgerInMemory, index: number): LedgerCommand {
  const context = {
    entryId: `00000000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`,
    idempotencyKey: `key-${index}`,
    actor: 'key:test',
    sourceEvent: null,
    programId: 'default',
    effectiveAt: step.daysBefore === 0 ? null : instant(index - step.daysBefore),
    metadata: {},
  }
  const { kind, userId, currency, amountCents, isPending } = step
  const targetEntryId = ledger.entries[step.target % (ledger.entries.length || 1)]?.id ?? 'none'
  switch (kind) {
    case 'credit':
      return {
        ...context,
        kind,
        userId,
        currency,
        amountCents,
        isPending,
        rewardId: null,
        availableAt: null,
        expiresAt: step.expiresInDays === null ? null : instant(index + step.expiresInDays),
      }
    case 'debit':
      return { ...context, kind, userId, currency, amountCents }
    case 'adjust': {
      const direction = isPending ? 'credit' : 'debit'
      return { ...context, kind, userId, currency, amountCents, direction, reason: 'test' }
    }
    case 'reverse':
      return {
        ...context,
        kind,
        targetEntryId,
        reason: 'test',
        portion: step.isWhole ? { kind: 'rest' } : { kind: 'amount', amountCents },
        shortfall: step.isDebtAllowed ? 'debt' : 'refuse',
      }
    case 'confirm':
    case 'expire':
      return { ...context, kind, targetEntryId }
  }
}

function run(sequence: readonly Step[]): LedgerInMemory {
  const ledger = new LedgerInMemory()
  for (const [index, step] of sequence.entries())
    ledger.execute(commandOf(step, ledger, index), instant(index))
  return ledger
}

function movedTo(ledger: LedgerInMemory, account: string, currency: string): bigint {
  return ledger.entries
    .filter((entry) => entry.currency === currency)
    .reduce((sum, entry) => {
      if (entry.creditAccount === account) return sum + entry.amountCents
      return entry.debitAccount === account ? sum - entry.amountCents : sum
    }, 0n)
}

describe('any sequence of commands', () => {
  it('keeps each balance equal to what its entries moved, and never below zero', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const ledger = run(sequence)
        for (const balance of ledger.balances()) {
          const { userId, currency, availableCents, pendingCents, debtCents } = balance
          const moved = (part: string) => movedTo(ledger, `user:${userId}:${part}`, currency)
          expect(availableCents).toBe(moved('available'))
          expect(pendingCents).toBe(moved('pending'))
          expect(-debtCents).toBe(moved('debt'))
          expect(availableCents >= 0n && pendingCents >= 0n && debtCents >= 0n).toBe(true)
        }
      }),
    )
  })

  it('numbers the entries of each user and currency without gaps, each with the balance after it', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const ledger = run(sequence)
        for (const balance of ledger.balances()) {
          const own = ledger.entries.filter(
            (entry) => entry.userId === balance.userId && entry.currency === balance.currency,
          )
          expect(own.map((entry) => entry.userSequence)).toEqual(
            own.map((_, index) => BigInt(index + 1)),
          )
          expect(own.at(-1)?.balanceAfterCents).toBe(balance.availableCents)
          expect(own.at(-1)?.pendingAfterCents).toBe(balance.pendingCents)
          expect(own.at(-1)?.debtAfterCents).toBe(balance.debtCents)
          expect(balance.version).toBe(BigInt(own.length))
        }
      }),
    )
  })

  it('never reverses more than an entry, and holds as much pending as its open credits', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const ledger = run(sequence)
        for (const entry of ledger.entries) {
          const reversed = ledger.entries
            .filter(
              (other) =>
                other.relatedEntryId === entry.id && flows[other.flow].entryType === 'reversal',
            )
            .reduce((sum, other) => sum + other.amountCents, 0n)
          expect(reversed <= entry.amountCents).toBe(true)
          expect(ledger.position(entry).reversedCents).toBe(reversed)
        }
        for (const { userId, currency, pendingCents } of ledger.balances()) {
          const held = ledger.entries
            .filter((entry) => entry.userId === userId && entry.currency === currency)
            .reduce((sum, entry) => sum + ledger.position(entry).pendingCents, 0n)
          expect(held).toBe(pendingCents)
        }
      }),
    )
  })

  it('never lets a user have something and owe something', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        for (const { availableCents, debtCents } of run(sequence).balances())
          expect(availableCents === 0n || debtCents === 0n).toBe(true)
      }),
    )
  })

  it('keeps of each credit no more than it has, and of all that expire what the balance says', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const ledger = run(sequence)
        for (const entry of ledger.entries) {
          const { pendingCents, reversedCents, expiredCents, unspentCents, dueAt } =
            ledger.position(entry)
          const parts = [pendingCents, reversedCents, expiredCents, unspentCents]
          expect(parts.every((part) => part >= 0n)).toBe(true)
          expect(parts.reduce((sum, part) => sum + part) <= entry.amountCents).toBe(true)
          expect(dueAt).toBe(pendingCents + unspentCents > 0n ? entry.expiresAt : null)
        }
        for (const { userId, currency, expiringCents, availableCents } of ledger.balances()) {
          const unspent = ledger
            .lots(userId, currency)
            .reduce((sum, lot) => sum + lot.unspentCents, 0n)
          expect(unspent).toBe(expiringCents)
          expect(expiringCents <= availableCents).toBe(true)
        }
      }),
    )
  })

  it('leaves the ledger untouched when it refuses, and decides the same again', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const ledger = run(sequence)
        sequence.forEach((step, index) => {
          const command = commandOf(step, ledger, index + 10_000)
          const before = { entries: ledger.entries.length, balances: ledger.balances() }
          const now = instant(index + 10_000)
          const decision = ledger.execute(command, now)
          if (decision.outcome === 'posted') return
          expect({ entries: ledger.entries.length, balances: ledger.balances() }).toEqual(before)
          expect(ledger.execute(command, now)).toEqual(decision)
        })
      }),
    )
  })
})
