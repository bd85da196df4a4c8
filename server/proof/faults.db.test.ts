import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { KeyedPosting } from '../journal/command.ts'
import type { Journal } from '../journal/journal.ts'
import { verifyLedger } from '../ledger/verify.ts'
import type { TestDatabase } from '../testing/database.ts'
import { creditOf, debitOf, posting } from '../testing/journal.ts'
import { type ProofUnderTest, tamper, useProvingDatabase } from './proof.fixture.ts'
import { readProofStatus } from './proof-status.ts'

let database: TestDatabase
let pool: pg.Pool
let journal: Journal
let proof: ProofUnderTest

useProvingDatabase((proving) => {
  ;({ database, pool, journal, proof } = proving)
})

const submit = (item: KeyedPosting) => journal.submit({ kind: 'posting', posting: item }, 300)

async function posted(item: KeyedPosting): Promise<string> {
  const outcome = await submit(item)
  if (outcome.kind !== 'posted') throw new Error(`the posting was ${outcome.kind}`)
  return outcome.entry.id
}

/**
 * An account with everything in it: 1 and 2 credits, 3 a debit, 4 a pending credit, 5 a reversal of
 * the first, 6 a credit that expires, 7 a pending credit and 8 its confirmation, 9 what is left of the
 * second taken back over 10, a debt; and one more for good measure.
 */
async function openAccount(user: string): Promise<void> {
  const first = await posted(posting(creditOf(user, 100n)))
  const second = await posted(posting(creditOf(user, 50n)))
  await posted(posting(debitOf(user, 30n)))
  await posted(posting(creditOf(user, 40n, true)))
  await posted(
    posting({
      kind: 'reverse',
      targetEntryId: first,
      reason: 'r',
      portion: { kind: 'amount', amountCents: 20n },
    }),
  )
  const expiresAt = '2100-01-01T00:00:00.000Z'
  await posted(
    posting({ kind: 'credit', userId: user, amountCents: 25n, isPending: false, expiresAt }),
  )
  const pending = await posted(posting(creditOf(user, 15n, true)))
  await posted(posting({ kind: 'confirm', targetEntryId: pending }))
  await posted(posting(debitOf(user, 130n)))
  await posted(posting({ kind: 'reverse', targetEntryId: second, reason: 'r', shortfall: 'debt' }))
  await posted(posting(creditOf(user, 500n)))
}

const sequence = (user: string, place: number) =>
  `user_id = '${user}' and currency = 'USD' and user_sequence = ${place}`

/** Each way in which an account may contradict itself: what is done to it, and the check that tells. */
const mismatches: readonly (readonly [string, string, (user: string) => string])[] = [
  [
    'a balance that is off by one',
    'balances_equal_entries',
    (user) =>
      `update user_balances set available_cents = available_cents + 1 where user_id = '${user}'`,
  ],
  [
    'a pending balance that is off by one',
    'balances_equal_entries',
    (user) =>
      `update user_balances set pending_cents = pending_cents + 1 where user_id = '${user}'`,
  ],
  [
    'a balance that is lost',
    'balances_equal_entries',
    (user) => `delete from user_balances where user_id = '${user}'`,
  ],
  [
    'a missing entry',
    'running_balances_follow',
    (user) => `delete from ledger_entries where ${sequence(user, 3)}`,
  ],
  [
    'a missing first entry',
    'running_balances_follow',
    (user) => `delete from ledger_entries where ${sequence(user, 1)}`,
  ],
  [
    'a missing last entry',
    'balances_equal_entries',
    (user) =>
      `delete from ledger_entries where user_id = '${user}'
       and user_sequence = (select max(user_sequence) from ledger_entries where user_id = '${user}')`,
  ],
  [
    'a changed amount',
    'running_balances_follow',
    (user) => `update ledger_entries set amount_cents = 101 where ${sequence(user, 1)}`,
  ],
  [
    'a changed running balance',
    'running_balances_follow',
    (user) => `update ledger_entries set balance_after_cents = 121 where ${sequence(user, 3)}`,
  ],
  [
    'an entry that was recorded before the one before it',
    'running_balances_follow',
    (user) =>
      `update ledger_entries set recorded_at = '2020-01-01', effective_at = '2020-01-01' where ${sequence(user, 3)}`,
  ],
  [
    'an amount that went to another account',
    'entries_follow_their_flow',
    (user) =>
      `update ledger_entries set credit_account = 'user:thief:available' where ${sequence(user, 1)}`,
  ],
  [
    'a pending credit without its hold',
    'reversals_and_holds_match',
    (user) => `delete from entry_positions where user_id = '${user}' and pending_cents > 0`,
  ],
  [
    'a hold of another amount',
    'reversals_and_holds_match',
    (user) =>
      `update entry_positions set pending_cents = pending_cents - 1 where user_id = '${user}' and pending_cents > 0`,
  ],
  [
    'a reversal that nothing remembers, above the original',
    'reversals_and_holds_match',
    (user) =>
      `update ledger_entries set related_entry_id = (select id from ledger_entries where ${sequence(user, 2)})
       where ${sequence(user, 5)}`,
  ],
  [
    'more reversed than there are reversals',
    'reversals_and_holds_match',
    (user) =>
      `update entry_positions set reversed_cents = reversed_cents + 1
       where user_id = '${user}' and reversed_cents = 20`,
  ],
  [
    'a reversal of an entry that is not there',
    'reversals_and_holds_match',
    (user) =>
      `update ledger_entries set related_entry_id = gen_random_uuid() where ${sequence(user, 5)}`,
  ],
  [
    'a lost idempotency record',
    'keys_match_entries',
    (user) =>
      `delete from idempotency_records where entry_id = (select id from ledger_entries where ${sequence(user, 2)})`,
  ],
  [
    'a debt without the entry that it came with',
    'keys_match_entries',
    (user) =>
      `update ledger_entries set related_entry_id = gen_random_uuid() where user_id = '${user}' and flow = 'debt'`,
  ],
  [
    'unspent credits that do not add up to what expires',
    'unspent_lots_match',
    (user) =>
      `update user_balances set expiring_cents = expiring_cents + 1 where user_id = '${user}'`,
  ],
]

describe('the check in the background', () => {
  // Whatever it would miss could be spent for as long as nobody asks for the complete proof.
  it.each(mismatches.map(([what, check, plant], index) => [what, check, plant, index] as const))(
    'puts an account in quarantine for %s (%s), and no other',
    async (_what, check, plant, index) => {
      const [user, neighbour] = [`user-${index}`, `user-${index}-next`]
      await openAccount(user)
      await openAccount(neighbour)
      await proof.runRound()
      expect(proof.told).toEqual([])
      await tamper(database.ownerConnectionString, plant(user))
      await proof.runRound()
      const [quarantine, ...others] = proof.told.splice(0)
      expect(others).toEqual([])
      expect(quarantine?.account).toEqual({ userId: user, currency: 'USD' })
      expect(quarantine?.faults.map((fault) => fault.split(' · ')[0])).toContain(check)
      expect(await submit(posting(creditOf(user, 1n)))).toMatchObject({
        kind: 'refused',
        refusal: { code: 'account_quarantined' },
      })
      expect(await submit(posting(creditOf(neighbour, 1n)))).toMatchObject({ kind: 'posted' })
      // The complete proof finds it as well, by the same name.
      const { checks } = await verifyLedger(pool, { full: true })
      const found = checks.filter(({ ok }) => !ok).map(({ name }) => name)
      expect(found).toContain(check)
    },
  )

  it('tells of its quarantines to whoever asks for the status', async () => {
    const status = await readProofStatus(pool)
    expect(status.quarantinedAccounts).toBe(mismatches.length)
    for (const [, check] of mismatches) expect(status.quarantineFaults[check]).toBeGreaterThan(0)
    expect(status.checkedAt).not.toBeNull()
    expect(status.roundCompletedAt).not.toBeNull()
  })
})
