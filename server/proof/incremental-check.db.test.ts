import pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { KeyedPosting } from '../journal/command.ts'
import type { Journal } from '../journal/journal.ts'
import { verifyLedger } from '../ledger/verify.ts'
import type { TestDatabase } from '../testing/database.ts'
import { creditOf, debitOf, openJournal, posting } from '../testing/journal.ts'
import { createProver } from './complete-proof.ts'
import {
  laterClock,
  type ProofUnderTest,
  proofUnderTest,
  tamper,
  useProvingDatabase,
} from './proof.fixture.ts'
import { readProofStatus } from './proof-status.ts'

let database: TestDatabase
let pool: pg.Pool
let journal: Journal
let proof: ProofUnderTest

useProvingDatabase((proving) => {
  ;({ database, pool, journal, proof } = proving)
})

const submit = (item: KeyedPosting, to = journal) =>
  to.submit({ kind: 'posting', posting: item }, 300)
const noRounds = { roundMs: 86_400_000 }
const change = (statement: string) => tamper(database.ownerConnectionString, statement)
/** As if everything were new. */
const lookAgainAtNewest = () =>
  change(`update proof_progress set newest_entry_id = '00000000-0000-7000-8000-000000000000'`)
const quarantined = () => proof.told.splice(0).map(({ account }) => account.userId)

describe('a ledger that is right', () => {
  // A false alarm would stop a customer's account for nothing.
  it('is never faulted while two journals write all kinds of entries', async () => {
    const writers = await Promise.all(
      [1, 2].map(() => openJournal({ connectionString: database.connectionString, pool })),
    )
    let isWriting = true
    let looks = 0
    const checking = (async () => {
      // A round begins anew after each; looks end in the middle of accounts.
      while (isWriting) {
        await proof.newCheck({ entriesPerLookMax: 50 }).run()
        looks += 1
      }
    })()
    const users = ['ann', 'ben', 'cleo']
    const write = async (writer: Journal, seed: number) => {
      for (let step = 0; step < 25; step++) {
        const user = users[(step + seed) % users.length] ?? ''
        const expiresAt = step % 2 === 0 ? '2100-01-01T00:00:00.000Z' : null
        const [credit, pending] = await Promise.all([
          submit(
            posting({
              kind: 'credit',
              userId: user,
              amountCents: 40n,
              isPending: false,
              expiresAt,
            }),
            writer,
          ),
          submit(posting(creditOf(user, 30n, true)), writer),
        ])
        if (credit.kind !== 'posted' || pending.kind !== 'posted') throw new Error('was refused')
        const targetEntryId = credit.entry.id
        await Promise.all([
          submit(posting(debitOf(user, 35n)), writer),
          submit(posting({ kind: 'confirm', targetEntryId: pending.entry.id }), writer),
          submit(
            posting({ kind: 'reverse', targetEntryId, reason: 'r', shortfall: 'debt' }),
            writer,
          ),
        ])
      }
    }
    try {
      await Promise.all(
        writers.flatMap((writer, index) => [write(writer, index), write(writer, index + 1)]),
      )
    } finally {
      isWriting = false
      await checking
    }
    expect(looks).toBeGreaterThan(1)
    await proof.runRound({ entriesPerLookMax: 7 })
    expect(proof.told).toEqual([])
    expect(proof.sumsTold).toEqual([])
    for (const writer of writers) await writer.close()
    const { ok, checks } = await verifyLedger(pool, { full: true })
    expect(checks.filter((check) => !check.ok)).toEqual([])
    expect(ok).toBe(true)
  })
})

describe('the check in the background', () => {
  it('finds an account that lies across several of its looks, over a restart in between', async () => {
    for (let step = 0; step < 30; step++) await submit(posting(creditOf('long', 1n)))
    await change(
      `update ledger_entries set balance_after_cents = 7 where user_id = 'long' and user_sequence = 22`,
    )
    await proof.runRound({ entriesPerLookMax: 7 })
    expect(quarantined()).toEqual(['long'])
  })

  it('looks at new entries as they come, without waiting for its round', async () => {
    await proof.newCheck().run()
    await lookAgainAtNewest()
    await submit(posting(creditOf('fresh', 10n)))
    await submit(posting(creditOf('fresh-next', 10n)))
    await change(`update ledger_entries set balance_after_cents = 11 where user_id = 'fresh'`)
    await proof.newCheck(noRounds).run()
    expect(quarantined()).toEqual(['fresh'])
  })

  it('looks at all of many new entries, in bounded pieces', async () => {
    for (let step = 0; step < 20; step++) await submit(posting(creditOf('many', 1n)))
    await change(
      `update ledger_entries set balance_after_cents = 7 where user_id = 'many' and user_sequence = 19`,
    )
    await lookAgainAtNewest()
    const check = proof.newCheck({ ...noRounds, entriesPerLookMax: 7 })
    let looks = 1
    while (await check.run()) looks += 1
    expect(looks).toBeGreaterThan(2)
    expect(quarantined()).toEqual(['many'])
  })

  it('leaves entries alone that others with older ids may still follow', async () => {
    await submit(posting(creditOf('unsettled', 10n)))
    await change(`update ledger_entries set balance_after_cents = 11 where user_id = 'unsettled'`)
    await lookAgainAtNewest()
    await proof.newCheck({ ...noRounds, settledMs: 86_400_000 }).run()
    expect(quarantined()).toEqual([])
    await proof.newCheck(noRounds).run()
    expect(quarantined()).toEqual(['unsettled'])
  })

  // Whoever has the database in his hands could blind it with one row otherwise.
  it('is not led astray by an entry with an id of the far future', async () => {
    const id = 'ffffffff-ffff-7fff-bfff-ffffffffffff'
    await submit(posting(creditOf('future', 10n)))
    await change(`update ledger_entries set id = '${id}' where user_id = 'future'`)
    await lookAgainAtNewest()
    await proof.newCheck(noRounds).run()
    const { rows } = await pool.query<{ newest: string }>(
      'select newest_entry_id::text as newest from proof_progress',
    )
    expect(rows[0]?.newest).toMatch(/^01/)
    await proof.runRound()
    expect(quarantined()).toEqual(['future'])
  })

  it('is done by one process at a time', async () => {
    const blocker = await pool.connect()
    await blocker.query('select pg_advisory_lock(30214)')
    const before = await readProofStatus(pool)
    expect(await proof.newCheck().run()).toBe(false)
    expect((await readProofStatus(pool)).checkedAt).toEqual(before.checkedAt)
    await blocker.query('select pg_advisory_unlock(30214)')
    blocker.release()
    await proof.newCheck().run()
    expect((await readProofStatus(pool)).checkedAt).not.toEqual(before.checkedAt)
  })

  it('works where it has a single connection', async () => {
    const single = new pg.Pool({ connectionString: database.connectionString, max: 1 })
    const alone = proofUnderTest(single)
    await submit(posting(creditOf('single', 10n)))
    await change(`update ledger_entries set balance_after_cents = 11 where user_id = 'single'`)
    await alone.runRound()
    expect(alone.told.map(({ account }) => account.userId)).toEqual(['single'])
    await single.end()
  })

  it('tells of sums that are wrong, and puts nobody in quarantine for them', async () => {
    const [account, currency] = ['program:default:rewards', 'USD']
    const add = (cents: number) =>
      change(
        `update account_stripes set debits_cents = debits_cents + ${cents}
         where account = '${account}' and currency = '${currency}'
           and stripe = (select min(stripe) from account_stripes where account = '${account}')`,
      )
    await add(1)
    proof.sumsTold.length = 0
    await proof.runRound()
    expect(quarantined()).toEqual([])
    expect(proof.sumsTold.join()).toContain('differ by 1')
    expect((await readProofStatus(pool)).sums?.faults).toEqual({ sums_are_zero: 1 })
    await add(-1)
  })
})

describe('the complete proof', () => {
  it('puts what it finds in quarantine after a second look, where it is told to, and is kept', async () => {
    const prover = createProver({ pool, clock: laterClock, quarantines: proof.quarantines })
    await submit(posting(creditOf('complete', 10n)))
    await change(`update user_balances set available_cents = 11 where user_id = 'complete'`)
    expect((await prover.verify(true)).ok).toBe(false)
    expect(quarantined()).toEqual([])
    const progress: string[] = []
    await prover.prove({
      full: true,
      quarantines: true,
      onProgress: ({ name, done, total }) => progress.push(`${done}/${total} ${name}`),
    })
    expect(quarantined()).toEqual(['complete'])
    expect(progress.length).toBeGreaterThan(5)
    expect(progress[0]).toMatch(/^0\/\d+ sums_are_zero$/)
    const { complete } = await readProofStatus(pool)
    expect(complete?.faults['balances_equal_entries']).toBeGreaterThan(0)
  })
})
