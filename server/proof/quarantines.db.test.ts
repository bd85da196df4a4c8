import pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { KeyedPosting } from '../journal/command.ts'
import type { Journal } from '../journal/journal.ts'
import type { TestDatabase } from '../testing/database.ts'
import { creditOf, debitOf, posting } from '../testing/journal.ts'
import { type ProofUnderTest, tamper, useProvingDatabase } from './proof.fixture.ts'

let database: TestDatabase
let pool: pg.Pool
let journal: Journal
let proof: ProofUnderTest

useProvingDatabase((proving) => {
  ;({ database, pool, journal, proof } = proving)
})

const submit = (item: KeyedPosting) => journal.submit({ kind: 'posting', posting: item }, 300)
const change = (statement: string) => tamper(database.ownerConnectionString, statement)
const lift = (userId: string, force = false) =>
  proof.quarantines.lift({ userId, currency: 'USD', reason: 'tested', force, actor: 'operator' })
const refused = { kind: 'refused', refusal: { code: 'account_quarantined' } }

/** An account whose kept balance is one more than its entries give, in quarantine for it. */
async function offByOne(user: string): Promise<void> {
  await submit(posting(creditOf(user, 100n)))
  await change(`update user_balances set available_cents = 101 where user_id = '${user}'`)
  await proof.runRound()
  expect(proof.told.splice(0).map(({ account }) => account.userId)).toEqual([user])
}

describe('an account in quarantine', () => {
  it('takes nothing of any kind, and leaves every key free', async () => {
    await offByOne('ann')
    const spend = () => submit(posting(debitOf('ann', 5n), 'ann-spends'))
    expect(await spend()).toMatchObject({ ...refused, isDuplicate: false })
    expect(await spend()).toMatchObject({ ...refused, isDuplicate: false })
    await change(`update user_balances set available_cents = 100 where user_id = 'ann'`)
    await lift('ann')
    expect(await spend()).toMatchObject({ kind: 'posted', isDuplicate: false })
    expect(await spend()).toMatchObject({ kind: 'posted', isDuplicate: true })
  })

  // The balance was loaded while it was not in quarantine yet, and is saved afterwards.
  it('takes nothing of a batch either that was under way when it went in', async () => {
    await submit(posting(creditOf('ben', 100n)))
    const blocker = await pool.connect()
    const holder = new pg.Client({ connectionString: database.ownerConnectionString })
    await holder.connect()
    // Keys can be read and not be written: the batch loads everything and waits with its save.
    await holder.query('begin; lock table idempotency_records in share mode')
    const late = submit(posting(creditOf('ben', 1n)))
    const waits = `select from pg_stat_activity where wait_event_type = 'Lock'
      and application_name = 'pineos-journal' and datname = current_database()`
    while ((await blocker.query(waits)).rowCount === 0);
    await blocker.query(`update user_balances set is_quarantined = true where user_id = 'ben'`)
    await holder.query('commit')
    expect(await late).toMatchObject(refused)
    await holder.end()
    await blocker.query(`update user_balances set is_quarantined = false where user_id = 'ben'`)
    blocker.release()
  })

  it('is in it once, with the faults that were found', async () => {
    await offByOne('cleo')
    await proof.runRound()
    expect(proof.told).toEqual([])
    const listed = await proof.quarantines.list({ all: false, limit: 10 })
    expect(listed).toEqual([
      {
        user_id: 'cleo',
        currency: 'USD',
        since: expect.stringMatching(/Z$/),
        actor: 'system:proof',
        faults: [
          expect.stringMatching(/^balances_equal_entries · USD: balance 101, .*gives 100, /),
        ],
        lifted_at: null,
        lifted_by: null,
        reason: null,
        lifted_over: null,
      },
    ])
  })

  it('cannot have the history of its quarantines changed, by nobody', async () => {
    const owner = new pg.Client({ connectionString: database.ownerConnectionString })
    await owner.connect()
    for (const statement of [
      `update quarantines set faults = '[]'`,
      'delete from quarantines',
      'truncate quarantines',
      `update quarantine_lifts set reason = 'another'`,
      'delete from quarantine_lifts',
      'truncate quarantine_lifts',
    ]) {
      await expect(owner.query(statement)).rejects.toThrow(/immutable/)
    }
    await owner.end()
  })
})

describe('lifting a quarantine', () => {
  it('is refused where the account is not in quarantine', async () => {
    await submit(posting(creditOf('dan', 1n)))
    await expect(lift('dan')).rejects.toMatchObject({ code: 'account_not_quarantined' })
    await expect(lift('nobody')).rejects.toMatchObject({ code: 'account_not_quarantined' })
  })

  it('is refused while the account is still faulty', async () => {
    await offByOne('eve')
    await expect(lift('eve')).rejects.toMatchObject({
      code: 'account_still_faulty',
      message: expect.stringContaining('balance 101'),
    })
    expect(await submit(posting(creditOf('eve', 1n)))).toMatchObject(refused)
  })

  it('is done once the account is right again, and kept with who did it and why', async () => {
    await change(`update user_balances set available_cents = 100 where user_id = 'eve'`)
    expect(await lift('eve')).toMatchObject({
      lifted_by: 'operator',
      reason: 'tested',
      lifted_over: [],
    })
    expect(await submit(posting(creditOf('eve', 1n)))).toMatchObject({ kind: 'posted' })
    await proof.runRound()
    expect(proof.told).toEqual([])
    await expect(lift('eve')).rejects.toMatchObject({ code: 'account_not_quarantined' })
    const all = await proof.quarantines.list({ all: true, limit: 10 })
    expect(all.map(({ user_id }) => user_id)).toContain('eve')
  })

  it('by force answers for the faults that there are, and for no others', async () => {
    await submit(posting(creditOf('fay', 100n)))
    await submit(posting(creditOf('fay', 10n)))
    const set = (sequence: number) =>
      change(
        `update ledger_entries set recorded_at = '2020-01-0${sequence}', effective_at = '2020-01-0${sequence}'
         where user_id = 'fay' and user_sequence = ${sequence}`,
      )
    await set(2)
    await proof.runRound()
    expect(proof.told.splice(0)).toHaveLength(1)
    expect(await lift('fay', true)).toMatchObject({
      lifted_over: [expect.stringContaining('recorded before the one before it')],
    })
    await proof.runRound()
    expect(proof.told).toEqual([])
    expect(await submit(posting(creditOf('fay', 1n)))).toMatchObject({ kind: 'posted' })
    // The same kind of fault at another entry is a new one.
    await set(3)
    await proof.runRound()
    expect(proof.told.splice(0)).toHaveLength(0)
    await change(`update user_balances set pending_cents = 5 where user_id = 'fay'`)
    await proof.runRound()
    expect(proof.told.splice(0).map(({ account }) => account.userId)).toEqual(['fay'])
  })
})
