import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../clock.ts'
import type { Journal } from '../journal/journal.ts'
import { creditOf, debitOf, posting } from '../testing/journal.ts'
import { type ProvedDatabase, submit, useProvedDatabase } from '../testing/proved-database.ts'
import { balanceAt, type Moment } from './balance-at.ts'

let proved: ProvedDatabase
let journal: Journal
let hour = 0
const start = Date.UTC(2027, 0, 1)
const instant = (hours: number) => new Date(start + hours * 3_600_000).toISOString()
const clock: Clock = { now: () => new Date(instant(hour)) }

useProvedDatabase((received) => {
  proved = received
})
beforeEach(async () => {
  journal = await proved.newJournal({ clock })
})

interface Recorded {
  readonly recorded: number
  readonly effective: number
  readonly cents: bigint
  readonly pendingCents: bigint
}

interface Step {
  readonly hours: number
  readonly hoursBefore: number
  readonly amountCents: bigint
  readonly kind: 'credit' | 'pending' | 'debit'
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    hours: fc.nat(3),
    hoursBefore: fc.constantFrom(0, 0, 0, 1, 2, 5, 20),
    amountCents: fc.bigInt({ min: 1n, max: 20n }),
    kind: fc.constantFrom('credit', 'pending', 'debit'),
  }),
  { minLength: 1, maxLength: 40 },
)

let users = 0
const signs = { credit: 1n, pending: 0n, debit: -1n }

/** Records the steps for a user of their own, each at its hour; gives what was posted. */
async function record(
  sequence: readonly Step[],
): Promise<{ userId: string; entries: readonly Recorded[] }> {
  const userId = `user-${++users}`
  const entries: Recorded[] = []
  hour = 100
  for (const step of sequence) {
    hour += step.hours
    const effectiveAt = instant(hour - step.hoursBefore)
    const { amountCents: amount } = step
    const fields =
      step.kind === 'debit'
        ? debitOf(userId, amount)
        : { ...creditOf(userId, amount, step.kind === 'pending'), effectiveAt }
    const outcome = await submit(journal, posting(fields))
    if (outcome.kind !== 'posted') continue
    entries.push({
      recorded: hour,
      effective: step.kind === 'debit' ? hour : hour - step.hoursBefore,
      cents: signs[step.kind] * amount,
      pendingCents: step.kind === 'pending' ? amount : 0n,
    })
  }
  return { userId, entries }
}

/** What the entries that count come to, without any of the product's code. */
function expected(entries: readonly Recorded[], counts: (entry: Recorded) => boolean) {
  const counted = entries.filter(counts)
  return {
    availableCents: counted.reduce((sum, entry) => sum + entry.cents, 0n),
    pendingCents: counted.reduce((sum, entry) => sum + entry.pendingCents, 0n),
    version: BigInt(counted.length),
  }
}

const found = async (userId: string, moment: Moment) => {
  const { balance } = await balanceAt(proved.owner, { userId, currency: 'USD' }, moment)
  const { availableCents, pendingCents, version } = balance
  return { availableCents, pendingCents, version }
}

describe('the balance at a moment', () => {
  it('is what the entries by then come to, on either axis and on both', async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 75, max: 240 }),
        fc.nat(30),
        async (sequence, at, later) => {
          const { userId, entries } = await record(sequence)
          expect(await found(userId, { axis: 'recorded', at: instant(at) })).toEqual(
            expected(entries, (entry) => entry.recorded <= at),
          )
          const effective = { axis: 'effective', at: instant(at) } as const
          expect(await found(userId, { ...effective, knownAt: null })).toEqual(
            expected(entries, (entry) => entry.effective <= at),
          )
          const known = at - 15 + later
          expect(await found(userId, { ...effective, knownAt: instant(known) })).toEqual(
            expected(entries, (entry) => entry.effective <= at && entry.recorded <= known),
          )
        },
      ),
      { numRuns: 40 },
    )
  })

  it('is zero for a user without entries', async () => {
    const moment = { axis: 'recorded', at: instant(0) } as const
    const none = await balanceAt(proved.owner, { userId: 'nobody', currency: 'USD' }, moment)
    expect(none.balance).toMatchObject({ availableCents: 0n, version: 0n })
    expect(none.updatedAt).toBeNull()
  })
})
