import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LedgerCommand } from './command.ts'
import { flows } from './flows.ts'
import { LedgerInMemory } from './ledger-in-memory.ts'

const at = '2027-01-31T12:00:00.000Z'

/** A command whose target, if it has one, is picked among the entries there are by then. */
interface Step {
  readonly kind: LedgerCommand['kind']
  readonly userId: string
  readonly currency: string
  readonly amountCents: bigint
  readonly isPending: boolean
  readonly isWhole: boolean
  readonly target: number
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('credit', 'debit', 'reverse', 'confirm'),
    userId: fc.constantFrom('alice', 'bob'),
    currency: fc.constantFrom('USD', 'JPY'),
    amountCents: fc.bigInt({ min: 1n, max: 50n }),
    isPending: fc.boolean(),
    isWhole: fc.boolean(),
    target: fc.nat(1000),
  }),
  { maxLength: 60 },
)

function commandOf(step: Step, ledger: LedgerInMemory, index: number): LedgerCommand {
  const context = {
    entryId: `entry-${index}`,
    idempotencyKey: `key-${index}`,
    actor: 'key:test',
    sourceEvent: null,
    programId: 'default',
    metadata: {},
  }
  const { userId, currency, amountCents, isPending } = step
  const targetEntryId = ledger.entries[step.target % (ledger.entries.length || 1)]?.id ?? 'none'
  switch (step.kind) {
    case 'credit':
      return {
        ...context,
        kind: 'credit',
        userId,
        currency,
        amountCents,
        isPending,
        rewardId: null,
      }
    case 'debit':
      return { ...context, kind: 'debit', userId, currency, amountCents }
    case 'reverse':
      return {
        ...context,
        kind: 'reverse',
        targetEntryId,
        reason: 'test',
        ...(step.isWhole ? {} : { amountCents }),
      }
    case 'confirm':
      return { ...context, kind: 'confirm', targetEntryId }
  }
}

function run(sequence: readonly Step[]): LedgerInMemory {
  const ledger = new LedgerInMemory()
  for (const [index, step] of sequence.entries()) ledger.execute(commandOf(step, ledger, index), at)
  return ledger
}

describe('any sequence of commands', () => {
  it('keeps each balance equal to what its entries moved, and never below zero', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const ledger = run(sequence)
        for (const { userId, currency, availableCents, pendingCents } of ledger.balances()) {
          const moved = (suffix: string) =>
            ledger.entries
              .filter((entry) => entry.currency === currency)
              .reduce((sum, entry) => {
                const account = `user:${userId}:${suffix}`
                if (entry.creditAccount === account) return sum + entry.amountCents
                return entry.debitAccount === account ? sum - entry.amountCents : sum
              }, 0n)
          expect(availableCents).toBe(moved('available'))
          expect(pendingCents).toBe(moved('pending'))
          expect(availableCents >= 0n && pendingCents >= 0n).toBe(true)
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

  it('leaves the ledger untouched when it refuses, and decides the same again', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const ledger = run(sequence)
        sequence.forEach((step, index) => {
          const command = commandOf(step, ledger, index + 10_000)
          const before = { entries: ledger.entries.length, balances: ledger.balances() }
          const decision = ledger.execute(command, at)
          if (decision.outcome === 'posted') return
          expect({ entries: ledger.entries.length, balances: ledger.balances() }).toEqual(before)
          expect(ledger.execute(command, at)).toEqual(decision)
        })
      }),
    )
  })
})
