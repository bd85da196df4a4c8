import type { LedgerCommand } from '@pineos/core/ledger/command.ts'
import { credit, debit, expire } from '@pineos/core/ledger/ledger.fixture.ts'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { newId } from '../id.ts'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { journalSession } from '../testing/journal.ts'
import { runBatch } from './batch.ts'
import type { EventCommand, JournalCommand, PostingCommand } from './command.ts'
import { JournalConnection } from './connection.ts'
import { keyed } from './keyed-posting.fixture.ts'
import { editionOf, setOf } from './rule-edition.fixture.ts'
import type { RuleBook } from './rule-edition.ts'
import { beginLocked, type LockMode, writerLock } from './writer-lock.ts'

const now = '2027-01-31T12:00:00.000Z'

let database: TestDatabase
let owner: pg.Client
let connection: JournalConnection
/** The session of another process. */
let other: JournalConnection

beforeAll(async () => {
  database = await createTestDatabase()
  owner = new pg.Client({ connectionString: database.ownerConnectionString })
  await owner.connect()
  const session = journalSession(database.connectionString)
  const limits = { ...session.limits, lockTimeoutMs: 300 }
  connection = await JournalConnection.open({ ...session, limits })
  other = await JournalConnection.open({ ...session, limits: { ...limits, lockTimeoutMs: 5_000 } })
})
afterAll(async () => {
  await Promise.all([connection.close(), other.close()])
  await owner.end()
  await database.drop()
})

interface RunOptions {
  readonly lockMode?: LockMode
  readonly rules?: Readonly<Record<string, object>>
  /** Of events that nothing is asked about: they cannot be judged. */
  readonly isUnjudged?: boolean
  /** What happens while the batch asks for its rules. */
  readonly meanwhile?: () => Promise<unknown>
  readonly on?: JournalConnection
}

function run(commands: readonly JournalCommand[], options: RunOptions = {}) {
  const {
    lockMode = 'shared',
    rules = {},
    isUnjudged = false,
    meanwhile,
    on = connection,
  } = options
  const ruleBook: RuleBook = {
    usesCounters: false,
    async edition(version) {
      await meanwhile?.()
      const edition = editionOf(setOf(rules), { version })
      return isUnjudged ? { ...edition, prospects: () => null } : edition
    },
  }
  return runBatch(on, () => commands, {
    ruleBook,
    newId,
    clock: { now: () => new Date(now) },
    lockMode,
  })
}

function posting(command: LedgerCommand): PostingCommand {
  const fingerprint = Buffer.from(command.idempotencyKey.padEnd(32, '.')).toString('hex')
  return { kind: 'posting', posting: keyed(command.idempotencyKey, command, { fingerprint }) }
}

const creditTo = (userId: string) => posting(credit(5n, { userId }))

const eventOf = (id: string): EventCommand => ({
  kind: 'event',
  id: newId(),
  event: {
    source: 'shop',
    id,
    type: 'purchase',
    userId: null,
    occurredAt: now,
    data: {},
    fingerprint: '00'.repeat(32),
  },
  ruleId: null,
})

describe('the lock of a batch', () => {
  it('is shared with the batches that expect to meet nobody', async () => {
    await beginLocked(other, 'shared')
    const committed = await run([creditTo('ann')])
    expect(committed).toMatchObject({ kind: 'committed', wasFree: true, isUnchanged: false })
    // One that wants it alone waits for as long as its session may, and can simply run again.
    expect(await run([creditTo('bea')], { lockMode: 'exclusive' })).toEqual({ kind: 'clash' })
    await other.control('rollback')
    expect(await run([creditTo('bea')], { lockMode: 'exclusive' })).toMatchObject({
      kind: 'committed',
      wasFree: true,
      isUnchanged: false,
    })
  })

  it('is given back by a batch that has changed nothing', async () => {
    const refused = posting(expire(newId()))
    const unchanged = { ...refused, posting: { ...refused.posting, forgetsRefusals: true } }
    for (const lockMode of ['exclusive', 'shared'] as const) {
      expect(await run([unchanged], { lockMode })).toMatchObject({
        kind: 'committed',
        isUnchanged: true,
        outcomes: [{ kind: 'refused', refusal: { code: 'entry_not_found' } }],
      })
      expect(await beginLocked(other, 'exclusive')).toBe(true)
      await other.control('rollback')
    }
  })

  it('is waited for, and the batch says that it was not free', async () => {
    await beginLocked(connection, 'exclusive')
    const waiting = run([creditTo('cleo')], { lockMode: 'exclusive', on: other })
    await vi.waitFor(async () => {
      const { rowCount } = await owner.query(
        `select from pg_locks where locktype = 'advisory' and classid = $1 and not granted`,
        [writerLock],
      )
      expect(rowCount).toBe(1)
    }, 5_000)
    await connection.control('rollback')
    expect(await waiting).toMatchObject({ kind: 'committed', wasFree: false, isUnchanged: false })
  })
})

describe('a session that is gone', () => {
  // Taken for a clash, an outage would be tried forty times at once and then given up.
  it('is no clash, in whatever way the batch begins', async () => {
    const session = journalSession(database.connectionString)
    for (const lockMode of ['shared', 'exclusive'] as const) {
      const gone = await JournalConnection.open(session)
      await owner.query('select pg_terminate_backend($1)', [gone.identity.pid])
      await vi.waitFor(() => expect(gone.isBroken).toBe(true), 5_000)
      await expect(run([creditTo('hal')], { lockMode, on: gone })).rejects.toThrow(
        /Client|Connection/,
      )
      await gone.close()
    }
  })
})

describe('a batch that comes second', () => {
  it('clashes where its event was stored since it has looked', async () => {
    const first = () => run([eventOf('taken')], { on: other })
    for (const lockMode of ['shared', 'exclusive'] as const) {
      const id = `taken-${lockMode}`
      // A writer that knows no lock: the constraint alone finds it out.
      const meanwhile = () =>
        owner.query(
          `insert into events (source, id, type, occurred_at, received_at, data, fingerprint, command_id)
           values ('shop', $1, 'purchase', now(), now(), '{}', $2, $3)`,
          [id, Buffer.alloc(32), newId()],
        )
      expect(await run([eventOf(id)], { lockMode, meanwhile })).toEqual({ kind: 'clash' })
    }
    expect(await run([eventOf('taken')], { meanwhile: first })).toEqual({ kind: 'clash' })
    expect(await run([eventOf('taken')])).toMatchObject({ outcomes: [{ isDuplicate: true }] })
  })

  it('fails by what the database refuses for another reason, which is no clash', async () => {
    const short = creditTo('dan')
    const bad = {
      ...short,
      posting: { ...short.posting, fingerprint: Buffer.from('short').toString('hex') },
    }
    for (const lockMode of ['shared', 'exclusive'] as const)
      await expect(run([bad], { lockMode })).rejects.toMatchObject({ code: '23514' })
    expect(await run([creditTo('dan')])).toMatchObject({ kind: 'committed' })
  })
})

describe('the rows of a batch', () => {
  // Writers that touch the same rows in different orders wait for each other in a circle.
  it('are written in the order of their keys, whatever the order of the commands', async () => {
    const users = ['zoe', 'yan', 'xia']
    const expiresAt = '2027-02-09T00:00:00.000Z'
    const credits = users.map((userId) =>
      posting(credit(5n, { userId, expiresAt, idempotencyKey: `order-${userId}` })),
    )
    await run(credits)
    await run(users.map((userId) => posting(debit(1n, { userId }))))
    const events = ['z', 'y', 'x'].map((id) => eventOf(`order-${id}`))
    await run(events)
    const keys = credits.map(({ posting: { key } }) => key)
    // The place in the table tells which row was written first.
    const written: readonly (readonly [string, readonly string[]])[] = [
      [`select user_id as name from user_balances where user_id = any($1) order by ctid`, users],
      [`select user_id as name from entry_positions where user_id = any($1) order by ctid`, users],
      [`select key as name from idempotency_records where key = any($1) order by ctid`, keys],
      [
        `select id as name from events where id = any($1) order by ctid`,
        events.map((e) => e.event.id),
      ],
      [
        `select event_id as name from decisions where event_id = any($1) order by ctid`,
        events.map((e) => e.event.id),
      ],
    ]
    for (const [sql, names] of written) {
      const { rows } = await owner.query<{ name: string }>(sql, [names])
      expect(rows.map(({ name }) => name)).toEqual([...names].sort())
    }
  })
})

describe('a command that fails', () => {
  // Loaded without the lock, what it failed by may have come from another writer in between.
  it('is tried again alone before its failure is believed, and hurts no other', async () => {
    const commands = [eventOf('unjudged'), creditTo('eve')]
    expect(await run(commands, { isUnjudged: true })).toEqual({ kind: 'clash' })
    const result = await run(commands, { isUnjudged: true, lockMode: 'exclusive' })
    expect(result).toMatchObject({
      outcomes: [
        { message: 'an event without a decision was not judged' },
        { kind: 'posted', isDuplicate: false },
      ],
    })
  })
})

describe('the commands of a batch', () => {
  it('may be postings that count together, and events that nobody gains by', async () => {
    const postings = [creditTo('finn'), posting(debit(5n, { userId: 'finn' }))]
    const atomic = { kind: 'atomic' as const, postings: postings.map((each) => each.posting) }
    const rules = { bonus: { actions: [{ type: 'credit', user: 'nobody', amount_cents: 5 }] } }
    expect(await run([atomic, eventOf('nobody')], { rules })).toMatchObject({
      outcomes: [
        { kind: 'atomic', outcomes: [{ kind: 'posted' }, { kind: 'posted' }] },
        { kind: 'judged', decision: { results: [{ actions_executed: [{ success: false }] }] } },
      ],
    })
  })

  // The last of the file: what is closed stays closed.
  it('count from the end of the last closed period at the earliest', async () => {
    const until = '2027-02-01T00:00:00.000Z'
    await owner.query(
      `insert into closed_periods (closed_until, closed_at, actor) values ($1, $1, 'key:test')`,
      [until],
    )
    expect(await run([creditTo('gus')])).toMatchObject({
      outcomes: [{ kind: 'posted', entry: { recordedAt: until, effectiveAt: until } }],
    })
  })
})
