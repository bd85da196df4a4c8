import type { LedgerCommand } from '@pineos/core/ledger/command.ts'
import {
  adjust,
  confirm,
  credit,
  debit,
  expire,
  reverse,
} from '@pineos/core/ledger/ledger.fixture.ts'
import { LedgerInMemory } from '@pineos/core/ledger/ledger-in-memory.ts'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../id.ts'
import { type EntryRow, entryColumns, entryFromRow } from '../ledger/entry-row.ts'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { journalSession } from '../testing/journal.ts'
import { type BatchResult, runBatch } from './batch.ts'
import type { EventCommand, JournalCommand, KeyedPosting } from './command.ts'
import { JournalConnection } from './connection.ts'
import { loadPostings } from './load.ts'
import { loadEvents } from './load-events.ts'
import { byBothNames } from './order.ts'
import { bookOf, ruleId } from './rule-edition.fixture.ts'
import { decisionKey, pairKey, WorkingSet } from './working-set.ts'
import type { LockMode } from './writer-lock.ts'

const at = (minute: number) => `2027-01-31T12:${String(minute).padStart(2, '0')}:00.000Z`
const later = '2027-01-31T12:30:00.000Z'
const fingerprintOf = (text: string) => Buffer.from(text.padEnd(32, '.')).toString('hex')

/** Credits eve for each event, and knows no other rule. */
const ruleBook = bookOf({
  [ruleId]: { actions: [{ type: 'credit', user: 'beneficiary', amount_cents: 5 }] },
})

let database: TestDatabase
let owner: pg.Client
let connection: JournalConnection

beforeAll(async () => {
  database = await createTestDatabase()
  owner = new pg.Client({ connectionString: database.ownerConnectionString })
  await owner.connect()
  connection = await JournalConnection.open(journalSession(database.connectionString))
})
afterAll(async () => {
  await connection.close()
  await owner.end()
  await database.drop()
})

function run(
  commands: readonly JournalCommand[],
  { now = at(0), lockMode = 'shared' as LockMode } = {},
): Promise<BatchResult> {
  const clock = { now: () => new Date(now) }
  return runBatch(connection, () => commands, { ruleBook, newId, clock, lockMode })
}

async function outcomesOf(...args: Parameters<typeof run>) {
  const result = await run(...args)
  if (result.kind !== 'committed') throw new Error(`the batch ended with a ${result.kind}`)
  return result.outcomes
}

function keyed(command: LedgerCommand): KeyedPosting {
  return {
    ownerId: 'shop "quoted"',
    key: command.idempotencyKey,
    fingerprint: fingerprintOf(command.idempotencyKey),
    fieldDigests: 'amount=1 user=2',
    isBusinessKey: false,
    command,
  }
}

async function rowsOf<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) {
  return (await owner.query<Row>(sql, values)).rows
}

async function writtenEntries(userId: string) {
  const rows = await rowsOf<EntryRow>(
    `select ${entryColumns} from ledger_entries e where user_id = $1
     order by currency desc, user_sequence`,
    [userId],
  )
  return rows.map(entryFromRow)
}

/** Commands of every kind, in batches; each batch one minute after the one before. */
function lifeOf(userId: string): readonly (readonly LedgerCommand[])[] {
  const own = { userId, actor: 'key:shop', sourceEvent: 'shop/event', rewardId: 'a "bonus" \\ 2' }
  const times = { isPending: true, availableAt: at(20), expiresAt: later }
  const first = credit(500n, { ...own, metadata: { note: '"{}"' }, effectiveAt: at(0) })
  const pending = credit(300n, { ...own, ...times })
  const lapsing = credit(40n, { ...own, ...times, availableAt: null })
  const lot = credit(100n, { ...own, expiresAt: later })
  const spent = debit(450n, { userId })
  return [
    [first, pending, lapsing, credit(7n, { ...own, currency: 'JPY' })],
    [lot, spent, reverse(pending.entryId, 100n), adjust('debit', 25n, { userId })],
    // Alone in its batch: no account of the program is moved.
    [confirm(pending.entryId)],
    [adjust('credit', 10n, { userId }), debit(9_999n, { userId })],
    [reverse(first.entryId, 500n, { shortfall: 'debt' }), reverse(spent.entryId, 60n)],
    // Of the second a part is spent, a part expires, and what was spent is reversed after that.
    [credit(400n, own), credit(90n, { ...own, expiresAt: later })],
    [debit(30n, { userId })],
  ]
}

describe('what a batch writes', () => {
  // What is written is compared with what the pure ledger says, column by column: one that went into
  // the place of another would be money moved to the wrong place for ever.
  it('is what the ledger in memory has decided, and is loaded as it was', async () => {
    const ledger = new LedgerInMemory()
    const life = lifeOf('ann')
    const ids = life.flat().flatMap(({ kind, entryId }) => (kind === 'credit' ? [entryId] : []))
    const end = [
      ids.map((id) => expire(id)),
      ids.map((id) => reverse(id, undefined, { shortfall: 'debt' })),
    ]
    for (const [minute, commands] of [...life, ...end].entries()) {
      const now = at(minute < life.length ? minute + 1 : minute + 30 - life.length)
      const postings = commands.map(keyed)
      const outcomes = await outcomesOf(
        postings.map((posting) => ({ kind: 'posting', posting })),
        { now, lockMode: minute % 2 === 0 ? 'shared' : 'exclusive' },
      )
      const expected = commands.map((command) => ledger.execute(command, now).outcome)
      expect(outcomes.map((outcome) => 'kind' in outcome && outcome.kind)).toEqual(expected)
      await expectWritten(ledger, 'ann')
      await expectLoaded(ledger, postings)
    }
    const flowsWritten = new Set(ledger.entries.map(({ flow }) => flow))
    expect(flowsWritten.size).toBeGreaterThan(10)
    await expectSums(ledger)
  })

  it('remembers each key with what was said under it', async () => {
    const posted = credit(5n, { userId: 'bea' })
    const refused = debit(6n, { userId: 'bea' })
    await outcomesOf(
      [posted, refused].map((command) => ({ kind: 'posting', posting: keyed(command) })),
    )
    const rows = await rowsOf(
      `select owner_id, key, encode(fingerprint, 'hex') as fingerprint, field_digests, entry_id, user_id, refusal, created_at
       from idempotency_records where key = any($1) order by user_id nulls last`,
      [[posted.idempotencyKey, refused.idempotencyKey]],
    )
    const common = { owner_id: 'shop "quoted"', field_digests: 'amount=1 user=2' }
    expect(rows).toMatchObject([
      {
        ...common,
        key: posted.idempotencyKey,
        fingerprint: fingerprintOf(posted.idempotencyKey),
        entry_id: posted.entryId,
        user_id: 'bea',
        refusal: null,
        created_at: new Date(at(0)),
      },
      {
        ...common,
        key: refused.idempotencyKey,
        entry_id: refused.entryId,
        user_id: null,
        refusal: { code: 'insufficient_balance', availableCents: '5', requiredCents: '6' },
      },
    ])
    const again = await run([{ kind: 'posting', posting: keyed({ ...refused, entryId: newId() }) }])
    expect(again).toMatchObject({
      kind: 'committed',
      isUnchanged: true,
      outcomes: [{ kind: 'refused', isDuplicate: true, refusal: { requiredCents: 6n } }],
    })
  })

  it('waits under one id of the batch to be sealed, entry by entry', async () => {
    const commands = [credit(1n, { userId: 'cleo' }), credit(2n, { userId: 'dan' })]
    const before = await rowsOf('select batch_id from log_intake')
    await outcomesOf(commands.map((command) => ({ kind: 'posting', posting: keyed(command) })))
    const rows = await rowsOf<{ batch_id: string; entry_ids: string[] }>('select * from log_intake')
    const known = new Set(before.map(({ batch_id }) => batch_id))
    const added = rows.filter(({ batch_id }) => !known.has(batch_id))
    expect(added.map(({ entry_ids }) => entry_ids)).toEqual([
      commands.map(({ entryId }) => entryId),
    ])
  })
})

async function expectWritten(ledger: LedgerInMemory, userId: string): Promise<void> {
  expect(await writtenEntries(userId)).toEqual([...ledger.entries].sort(byCurrency))
  const balances = await rowsOf(
    `select user_id as "userId", currency, available_cents as "availableCents",
       pending_cents as "pendingCents", debt_cents as "debtCents",
       expiring_cents as "expiringCents", version, is_quarantined as "isQuarantined"
     from user_balances where user_id = $1 order by currency desc`,
    [userId],
  )
  expect(balances).toEqual([...ledger.balances()].sort(byCurrency))
}

function byCurrency(a: { readonly currency: string }, b: { readonly currency: string }): number {
  return byBothNames([b.currency, ''], [a.currency, ''])
}

/** A new batch sees the same as the ledger in memory: what was written comes back as it was. */
async function expectLoaded(ledger: LedgerInMemory, postings: readonly KeyedPosting[]) {
  const set = new WorkingSet()
  const targets = ledger.entries.map((entry) => keyed(expire(entry.id)))
  const loaded = await loadPostings(connection, set, [...postings, ...targets], true)
  for (const entry of ledger.entries) {
    expect(set.entry(entry.id)).toEqual(entry)
    expect(set.position(entry)).toEqual(ledger.position(entry))
  }
  for (const balance of ledger.balances()) {
    const { userId, currency } = balance
    expect(set.balance(userId, currency)).toEqual(balance)
    expect(loaded.versions.get(pairKey(userId, currency))).toBe(balance.version)
    const idsOf = (lots: readonly { entryId: string }[]) => lots.map((lot) => lot.entryId).sort()
    expect(idsOf(set.lots(userId, currency))).toEqual(idsOf(ledger.lots(userId, currency)))
    for (const lot of ledger.lots(userId, currency))
      expect(loaded.positions.get(lot.entryId)).toEqual(lot)
  }
  expect(new Date(loaded.updatedAtMs).toISOString()).toBe(ledger.entries.at(-1)?.recordedAt)
  // By its balance alone, as a batch that only credits or debits would load it.
  const alone = new WorkingSet()
  const named = keyed(debit(1n, { userId: 'ann' }))
  const untimed = await loadPostings(connection, alone, [named], false)
  expect(alone.balance('ann', 'USD')).toEqual(ledger.balance('ann', 'USD'))
  expect(alone.lots('ann', 'USD').map(({ dueAt }) => dueAt)).toEqual(
    ledger.lots('ann', 'USD').map(({ dueAt }) => dueAt),
  )
  for (const lot of ledger.lots('ann', 'USD')) expect(alone.positions.get(lot.entryId)).toEqual(lot)
  expect([untimed.updatedAtMs, alone.closedUntil]).toEqual([0, null])
}

/** Of ann's entries, the only ones so far. */
async function expectSums(ledger: LedgerInMemory): Promise<void> {
  const sums = new Map<string, [debits: bigint, credits: bigint]>()
  const totals = new Map<string, [entries: bigint, amount: bigint]>()
  for (const { debitAccount, creditAccount, currency, flow, amountCents } of ledger.entries) {
    for (const [account, side] of [
      [debitAccount, 0],
      [creditAccount, 1],
    ] as const) {
      if (account.startsWith('user:')) continue
      const sum = sums.get(`${account} ${currency}`) ?? [0n, 0n]
      sum[side] += amountCents
      sums.set(`${account} ${currency}`, sum)
    }
    const total = totals.get(`${flow} ${currency}`) ?? [0n, 0n]
    totals.set(`${flow} ${currency}`, [total[0] + 1n, total[1] + amountCents])
  }
  const stripes = await rowsOf(
    `select account, currency, stripe, debits_cents::text as debits, credits_cents::text as credits
     from account_stripes`,
  )
  expect(
    new Map(
      stripes.map((row) => [
        `${row['account']} ${row['currency']}`,
        [BigInt(row['debits']), BigInt(row['credits'])],
      ]),
    ),
  ).toEqual(sums)
  const written = await rowsOf(
    'select flow, currency, stripe, entries::text as entries, amount_cents::text as amount from ledger_totals',
  )
  expect(
    new Map(
      written.map((row) => [
        `${row['flow']} ${row['currency']}`,
        [BigInt(row['entries']), BigInt(row['amount'])],
      ]),
    ),
  ).toEqual(totals)
  const stripe = connection.stripe
  expect([...stripes, ...written].every((row) => row['stripe'] === stripe)).toBe(true)
}

describe('the events of a batch', () => {
  const eventOf = (id: string, more: Partial<EventCommand> = {}): EventCommand => ({
    kind: 'event',
    id: newId(),
    event: {
      source: 'shop',
      id,
      type: 'purchase',
      userId: 'eve',
      occurredAt: at(5),
      data: { total: 5, note: '"{}"', beneficiary: 'eve' },
      fingerprint: fingerprintOf(id),
    },
    ruleId: null,
    ...more,
  })

  it('are stored with their decisions, and come back as they were', async () => {
    const anonymous = eventOf('b-event')
    const commands = [
      { ...anonymous, event: { ...anonymous.event, userId: null } },
      eventOf('a-event'),
      eventOf('a-event', { ruleId }),
    ]
    const outcomes = await outcomesOf(commands, { now: at(7) })
    const set = new WorkingSet()
    await loadEvents(connection, set, commands)
    for (const [index, outcome] of outcomes.entries()) {
      if (!('kind' in outcome) || outcome.kind !== 'judged') throw new Error('was not judged')
      const { source, id: eventId } = outcome.event
      const scope = commands[index]?.ruleId ?? ''
      expect(set.events.get(pairKey(source, eventId))).toEqual(outcome.event)
      expect(set.decisions.get(decisionKey({ source, eventId, scope }))).toEqual(outcome.decision)
      expect(outcome).toMatchObject({
        isDuplicate: false,
        event: { receivedAt: at(7) },
        decision: { rules_evaluated: 2, rules_triggered: 1 },
      })
    }
    const again = await run([eventOf('a-event')], { now: at(8) })
    expect(again).toMatchObject({
      isUnchanged: true,
      outcomes: [{ kind: 'judged', isDuplicate: true, event: { receivedAt: at(7) } }],
    })
    const rows = await rowsOf<{ user_id: string }>(
      `select available_cents from user_balances where user_id = 'eve'`,
    )
    expect(rows).toEqual([{ available_cents: 10n }])
  })

  it('are refused where the id was used for another body, or the rule is not published', async () => {
    await outcomesOf([eventOf('c-event')], { now: at(9) })
    const other = eventOf('c-event')
    const reused = { ...other, event: { ...other.event, fingerprint: fingerprintOf('other') } }
    const unknown = eventOf('d-event', { ruleId: 'unknown' })
    expect(await run([reused, unknown])).toMatchObject({
      isUnchanged: true,
      outcomes: [{ kind: 'event_id_reused' }, { kind: 'rule_not_found' }],
    })
  })
})

describe('the time of a batch', () => {
  // Times never go back along the entries of a user, whatever the clock of a process says.
  it('is that of the last update where its clock is behind, once it has the lock alone', async () => {
    const command = () => keyed(credit(1n, { userId: 'finn' }))
    await outcomesOf([{ kind: 'posting', posting: command() }], { now: at(10) })
    const behind = [{ kind: 'posting' as const, posting: command() }]
    expect(await run(behind, { now: at(9) })).toEqual({ kind: 'clash' })
    const result = await run(behind, { now: at(9), lockMode: 'exclusive' })
    expect(result).toMatchObject({
      kind: 'committed',
      wasFree: true,
      isUnchanged: false,
      outcomes: [{ kind: 'posted', entry: { recordedAt: at(10) } }],
    })
  })

  it('is no reason for a clash where nothing is written', async () => {
    const refusedAlways = { ...keyed(debit(1n, { userId: 'gus' })), forgetsRefusals: true }
    const commands = [{ kind: 'posting' as const, posting: refusedAlways }]
    for (const lockMode of ['shared', 'exclusive'] as const) {
      expect(await run(commands, { lockMode })).toMatchObject({
        kind: 'committed',
        wasFree: true,
        isUnchanged: true,
        outcomes: [{ kind: 'refused' }],
      })
    }
  })
})
