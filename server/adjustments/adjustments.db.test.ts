import { randomUUID } from 'node:crypto'
import { type AdjustmentStatus, adjustmentStatuses } from '@pineos/contract/adjustments.ts'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createPool } from '../database/session.ts'
import { newId } from '../id.ts'
import type { Journal } from '../journal/journal.ts'
import { verifyLedger } from '../ledger/verify.ts'
import { createTestDatabase } from '../testing/database.ts'
import { journalSession, openJournal } from '../testing/journal.ts'
import type { Adjustment } from './adjustment.ts'
import { createAdjustmentStore } from './adjustment-store.ts'
import { type AdjustmentJournal, type Adjustments, createAdjustments } from './adjustments.ts'
import { assertMove } from './moves.ts'

const dayMs = 86_400_000

let database: Awaited<ReturnType<typeof createTestDatabase>>
let owner: pg.Pool
let pool: pg.Pool
let journal: Journal
let adjustments: Adjustments
let nowMs: number
const clock = { now: () => new Date(nowMs) }

beforeAll(async () => {
  database = await createTestDatabase()
  owner = new pg.Pool({ connectionString: database.ownerConnectionString })
  // In the role of the running service, as its rights are a part of what is tested.
  pool = createPool({
    ...journalSession(database.connectionString),
    connectionsMax: 5,
    onError: () => {},
  })
  journal = await openJournal({ connectionString: database.connectionString, pool }, { clock })
})
beforeEach(() => {
  nowMs = Date.parse('2027-01-31T12:00:00.000Z')
  adjustments = createFor(journal)
})
afterEach(async () => {
  const verification = await verifyLedger(owner, { full: true })
  expect(verification.checks.flatMap((check) => check.faults)).toEqual([])
})
afterAll(async () => {
  await journal.close()
  await pool.end()
  await owner.end()
  await database.drop()
})

function createFor(submitter: AdjustmentJournal): Adjustments {
  return createAdjustments({
    store: createAdjustmentStore({ pool }),
    journal: submitter,
    clock,
    newId,
    defaultCurrency: 'USD',
    threshold: { otherwiseCents: 100, centsByCurrency: {} },
    lapseMs: 30 * dayMs,
  })
}

/** A journal that is never reached, as when the process dies before it. */
const unreachable = {
  submit: () => Promise.reject(new Error('the process has died')),
} satisfies AdjustmentJournal

const clerk = { keyId: 'clerk', ownerId: 'default', scopes: new Set<never>() }
const controller = { keyId: 'controller', ownerId: 'controller', scopes: new Set<never>() }

const propose = (userId: string, amountCents: number, by = adjustments) =>
  by.propose({
    body: { user_id: userId, direction: 'credit', amount_cents: amountCents, reason: 'Test' },
    principal: clerk,
    key: randomUUID(),
    fingerprint: '00'.repeat(32),
    fieldDigests: '',
  })
const approve = (id: string, by = adjustments) =>
  by.decide({ id, decision: 'approve', principal: controller, reason: null })

async function proposed(userId: string): Promise<Adjustment> {
  return (await propose(userId, 101)).adjustment
}

/** An adjustment that was approved by a process that died before it was posted. */
async function interrupted(userId: string): Promise<Adjustment> {
  const { id } = await proposed(userId)
  await expect(approve(id, createFor(unreachable))).rejects.toThrow('died')
  const adjustment = await adjustments.get(id)
  expect(adjustment.status).toBe('approved')
  return adjustment
}

async function entriesOf(userId: string): Promise<number> {
  const { rows } = await owner.query<{ entries: number }>(
    'select count(*)::integer as entries from ledger_entries where user_id = $1::text',
    [userId],
  )
  return rows[0]?.entries ?? 0
}

describe('a proposal that nobody decides on', () => {
  it('can be decided until the very end of its time, and not at it', async () => {
    const early = await proposed('early')
    const late = await proposed('late')
    nowMs += 30 * dayMs - 1
    expect((await approve(early.id)).adjustment.status).toBe('posted')
    nowMs += 1
    await expect(approve(late.id)).rejects.toMatchObject({ code: 'adjustment_already_decided' })
    expect(await adjustments.get(late.id)).toMatchObject({ status: 'lapsed', decision: null })
    expect(await entriesOf('late')).toBe(0)
  })

  // Two processes whose clocks differ must not tell two stories: once lapsed, always lapsed.
  it('stays lapsed for a process whose clock is behind', async () => {
    const { id } = await proposed('clocks')
    nowMs += 30 * dayMs
    expect((await adjustments.get(id)).status).toBe('lapsed')
    nowMs -= 30 * dayMs
    await expect(approve(id)).rejects.toMatchObject({ code: 'adjustment_already_decided' })
  })
})

describe('an approved adjustment that was interrupted', () => {
  it('is finished once, however many finish it at the same time', async () => {
    const { id } = await interrupted('parallel')
    await Promise.all([
      adjustments.finishInterrupted(),
      approve(id),
      adjustments.finishInterrupted(),
      approve(id),
    ])
    expect((await adjustments.get(id)).status).toBe('posted')
    expect(await entriesOf('parallel')).toBe(1)
  })

  it('is finished after more than one page of others', async () => {
    const others = 101
    for (let turn = 0; turn < others; turn++) await interrupted(`page-${turn}`)
    expect(await adjustments.finishInterrupted()).toBe(others)
    expect(await adjustments.finishInterrupted()).toBe(0)
    expect(await entriesOf(`page-${others - 1}`)).toBe(1)
  })

  it('does not wait for one whose account is in quarantine', async () => {
    await propose('ill', 1)
    await owner.query(`update user_balances set is_quarantined = true where user_id = 'ill'`)
    const ill = await interrupted('ill')
    const well = await interrupted('well')
    expect(await adjustments.finishInterrupted()).toBe(1)
    expect((await adjustments.get(ill.id)).status).toBe('approved')
    expect((await adjustments.get(well.id)).status).toBe('posted')
    await owner.query(`update user_balances set is_quarantined = false where user_id = 'ill'`)
    expect(await adjustments.finishInterrupted()).toBe(1)
  })

  it('that contradicts its entry is told, and holds up no other', async () => {
    const { id } = await interrupted('wrong')
    await adjustments.finishInterrupted()
    await approveAnew(id, 98)
    const later = await interrupted('later')
    await expect(adjustments.finishInterrupted()).rejects.toThrow('is not what adjustment')
    expect((await adjustments.get(later.id)).status).toBe('posted')
    await approveAnew(id, 101)
    expect(await adjustments.finishInterrupted()).toBe(1)
    expect(await entriesOf('wrong')).toBe(1)
  })
})

/** Behind the back of every guard: approved and not posted again, and over another amount. */
async function approveAnew(id: string, amountCents: number): Promise<void> {
  const client = await owner.connect()
  try {
    await client.query('set session_replication_role = replica')
    await client.query(
      `update adjustments set amount_cents = $2::bigint, status = 'approved', settled_at = null, entry_id = null
       where id = $1::uuid`,
      [id, amountCents],
    )
    await client.query('reset session_replication_role')
  } finally {
    client.release()
  }
}

describe('the database refuses, whatever the code does', () => {
  const asService = (sql: string, id: string) => pool.query(sql, [id])
  const asOwner = (sql: string, id: string) => owner.query(sql, [id])

  // The second guard of the four eyes.
  it('an approval and a rejection by the proposer, and a withdrawal by another', async () => {
    const { id } = await proposed('guarded')
    const decide = (status: string, by: string) =>
      asService(
        `update adjustments set status = '${status}', decided_by = 'key:x',
           decided_by_owner_id = '${by}', decided_at = proposed_at,
           decision_reason = case when '${status}' = 'rejected' then 'x' end
         where id = $1::uuid`,
        id,
      )
    await expect(decide('approved', 'default')).rejects.toThrow('adjustments_second_person')
    await expect(decide('rejected', 'default')).rejects.toThrow('adjustments_second_person')
    await expect(decide('withdrawn', 'else')).rejects.toThrow('adjustments_withdrawn_by_proposer')
  })

  it('an approval without a person, after its time, and a posting without an entry', async () => {
    const { id } = await proposed('whole')
    await expect(
      asService(`update adjustments set status = 'approved' where id = $1::uuid`, id),
    ).rejects.toThrow('adjustments_decision_whole')
    await expect(
      asService(
        `update adjustments set status = 'approved', decided_by = 'key:x',
           decided_by_owner_id = 'else', decided_at = lapses_at where id = $1::uuid`,
        id,
      ),
    ).rejects.toThrow('adjustments_decided_in_time')
    const { adjustment } = await propose('whole', 100, adjustments)
    expect(adjustment.status).toBe('posted')
    const left = await interrupted('whole')
    await expect(
      asService(
        `update adjustments set status = 'posted', settled_at = now() where id = $1::uuid`,
        left.id,
      ),
    ).rejects.toThrow('adjustments_settled_whole')
    await adjustments.finishInterrupted()
  })

  it('one entry for two adjustments', async () => {
    const posted = (await propose('one', 1)).adjustment
    const left = await interrupted('one')
    await expect(
      asService(
        `update adjustments set status = 'posted', settled_at = now(), entry_id = '${posted.entryId}'
         where id = $1::uuid`,
        left.id,
      ),
    ).rejects.toThrow('adjustments_entry_unique')
    await adjustments.finishInterrupted()
  })

  it.each(['amount_cents = 1', `user_id = 'mallory'`, 'lapses_at = null', `owner_id = 'else'`])(
    'to change what was asked: %s',
    async (change) => {
      const { id } = await proposed('asked')
      const sql = `update adjustments set status = 'lapsed', ${change} where id = $1::uuid`
      await expect(asService(sql, id)).rejects.toMatchObject({ code: '42501' })
      await expect(asOwner(sql, id)).rejects.toThrow('is refused')
    },
  )

  it('to take back who approved it, and to delete it', async () => {
    const { id } = await interrupted('kept')
    await expect(
      asOwner(
        `update adjustments set status = 'posted', settled_at = now(), entry_id = gen_random_uuid(),
           decided_by = 'key:other' where id = $1::uuid`,
        id,
      ),
    ).rejects.toThrow('is refused')
    await expect(asOwner('delete from adjustments where id = $1::uuid', id)).rejects.toThrow(
      'is refused',
    )
    await expect(owner.query('truncate adjustments')).rejects.toThrow('is refused')
    await adjustments.finishInterrupted()
  })

  // The list of moves stands twice, in the code and in the trigger: neither may know more.
  it('every move that the code refuses, and no other', async () => {
    const { rows } = await owner.query<{ condition: string }>(
      `select pg_get_triggerdef(oid) as condition from pg_trigger
       where tgname = 'adjustments_moves_known'`,
    )
    const pair = /old\.status <> '(\w+)'::text\) OR \(new\.status <> '(\w+)'::text/g
    const inTrigger = [...(rows[0]?.condition ?? '').matchAll(pair)]
    const inCode = adjustmentStatuses.flatMap((from) =>
      adjustmentStatuses.filter((to) => isMove(from, to)).map((to) => `${from} → ${to}`),
    )
    expect(inTrigger.map(([, from, to]) => `${from} → ${to}`).sort()).toEqual(inCode.sort())
    expect(inCode).toHaveLength(6)
  })

  it('to move what is settled', async () => {
    const { id } = (await propose('settled', 1)).adjustment
    await expect(
      asService(`update adjustments set status = status where id = $1::uuid`, id),
    ).rejects.toThrow('is refused')
  })
})

function isMove(from: AdjustmentStatus, to: AdjustmentStatus): boolean {
  try {
    assertMove(from, to)
    return true
  } catch {
    return false
  }
}
