import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPool } from '../database/session.ts'
import { createTestDatabase } from '../testing/database.ts'
import { idOf, listAll, type WrittenEntry, writeEntries } from '../testing/entries.ts'
import { journalSession } from '../testing/journal.ts'
import { createEntries } from './entries.ts'
import { fewMatches } from './metadata-matches.ts'

const firstMs = Date.parse('2026-01-01T00:00:00.000Z')
const hourMs = 3_600_000
/** More than the index of metadata is asked for at once. */
const entriesCount = 1_100

let database: Awaited<ReturnType<typeof createTestDatabase>>
let owner: pg.Pool
let pool: pg.Pool

beforeAll(async () => {
  database = await createTestDatabase()
  owner = new pg.Pool({ connectionString: database.ownerConnectionString })
  pool = createPool({
    ...journalSession(database.connectionString),
    connectionsMax: 4,
    onError: () => {},
  })
  await writeEntries(
    owner,
    Array.from({ length: entriesCount }, (_, hour) => entryOf(hour)),
  )
})
afterAll(async () => {
  await pool.end()
  await owner.end()
  await database.drop()
})

/** A credit of an hour: all of one campaign and each of an order of its own. */
function entryOf(hour: number, userId = 'house'): WrittenEntry {
  const recordedMs = firstMs + hour * hourMs
  return {
    id: idOf(recordedMs, hour),
    userId,
    flow: 'credit',
    amountCents: 100,
    currency: 'USD',
    rewardId: 'welcome',
    relatedEntryId: null,
    actor: 'key:test',
    sourceEvent: null,
    metadata: { campaign: 'spring', order: `o-${hour}` },
    effectiveMs: recordedMs,
    recordedMs,
  }
}

const timeOf = (hour: number) => new Date(firstMs + hour * hourMs).toISOString()

describe('a page of entries', () => {
  // A page of nothing is no end: only the cursor says so.
  it('comes after so many entries, however few match, and says where it goes on', async () => {
    const entries = createEntries({ pool, examinedMax: 100 })
    const filter = { account: 'program:other:rewards' }
    const page = await entries.list({ filter, limit: 10, offset: 0 })
    expect(page.entries).toEqual([])
    expect(page.nextCursor).not.toBeNull()
    expect(await listAll(entries, { filter, limit: 10 })).toEqual({
      ids: [],
      pages: entriesCount / 100 + 1,
    })
  })

  // Without it whoever looks for one order of last year would read all orders since.
  it('finds rare metadata at once, however far back it is', async () => {
    const entries = createEntries({ pool, examinedMax: 1 })
    const filter = { metadata: { campaign: 'spring', order: 'o-0' } }
    const found = await listAll(entries, { filter, limit: 10 })
    expect(found).toEqual({ ids: [entryOf(0).id], pages: 1 })
  })

  it('does not gather all of frequent metadata', async () => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      expect(await fewMatches(client, { campaign: 'spring' })).toBeUndefined()
    } finally {
      client.release(true)
    }
    const entries = createEntries({ pool, examinedMax: 100 })
    const filter = { metadata: { campaign: 'spring' }, amountCentsMin: 101 }
    expect((await listAll(entries, { filter, limit: 10 })).ids).toEqual([])
  })

  // The lock stands for an index that takes its time: the answer is then short, and never late or wrong.
  it('gives up on metadata that is not found in short time', async () => {
    const locker = await owner.connect()
    const client = await pool.connect()
    try {
      await locker.query('begin; lock table ledger_entries in access exclusive mode')
      await client.query('begin')
      expect(await fewMatches(client, { order: 'o-0' })).toBeUndefined()
    } finally {
      locker.release(true)
      client.release(true)
    }
  })

  // One filter with few matches is enough, whichever it is.
  it('takes another index where the first leads past too many entries', async () => {
    const entries = createEntries({ pool, examinedMax: 100 })
    const filter = { userId: 'house', rewardId: 'unheard of' }
    expect(await listAll(entries, { filter, limit: 10 })).toEqual({ ids: [], pages: 1 })
  })

  it('reaches a time long past at once', async () => {
    const entries = createEntries({ pool, examinedMax: 10 })
    const ids = [entryOf(6).id, entryOf(5).id]
    const recorded = { recordedFrom: timeOf(5), recordedTo: timeOf(7) }
    expect(await listAll(entries, { filter: recorded, limit: 10 })).toEqual({ ids, pages: 1 })
    const effective = { effectiveFrom: timeOf(5), effectiveTo: timeOf(7) }
    expect(await listAll(entries, { filter: effective, limit: 10 })).toEqual({ ids, pages: 1 })
  })

  // Offsets are there for old callers; a million of them must not be a million matches searched.
  it('passes over an offset in bounded steps', async () => {
    const entries = createEntries({ pool, examinedMax: 100 })
    const filter = { amountCentsMin: 1 }
    const page = await entries.list({ filter, limit: 10, offset: 150 })
    expect(page.entries).toEqual([])
    const { ids } = await listAll(entries, { filter, limit: 1_000, offset: 150 })
    expect(ids[0]).toBe(entryOf(entriesCount - 1 - 150).id)
    expect(ids).toHaveLength(entriesCount - 150)
    const user = await entries.list({ filter: { userId: 'house' }, limit: 1, offset: 1_000 })
    expect(user.entries[0]?.id).toBe(entryOf(entriesCount - 1 - 1_000).id)
  })

  it('counts all, those of a user and those of a currency, and nothing else', async () => {
    const entries = createEntries({ pool })
    const total = async (filter: Parameters<typeof entries.list>[0]['filter']) =>
      (await entries.list({ filter, limit: 1, offset: 0 })).total
    expect(await total({})).toBe(0)
    expect(await total({ userId: 'house', currency: 'USD' })).toBe(0)
    expect(await total({ currency: 'USD' })).toBe(0)
    expect(await total({ rewardId: 'welcome' })).toBeNull()
    expect(await total({ userId: 'house', amountCentsMin: 1 })).toBeNull()
  })

  // An entry is committed a moment after it got its id, so one can appear below the cursor as well.
  it('repeats and leaves out nothing that was there, while entries are written', async () => {
    const entries = createEntries({ pool, examinedMax: 20 })
    const there = Array.from({ length: 60 }, (_, index) => entryOf(2_000 + index * 10, 'stable'))
    await writeEntries(owner, there)
    const filter = { userId: 'stable' }
    const seen: string[] = []
    let cursor: string | undefined
    for (let round = 1; ; round++) {
      const page = await entries.list({ filter, limit: 7, offset: 0, cursor })
      seen.push(...page.entries.map(({ id }) => id))
      if (page.nextCursor === null) break
      cursor = page.nextCursor
      // Above all that was there, around the cursor, and far below it.
      const hours = [3_000, 2_590 - round * 70, 2_520 - round * 70, 2_001]
      const written = hours.map((hour) => {
        const { recordedMs, ...entry } = entryOf(hour, 'stable')
        const laterMs = recordedMs + round
        return { ...entry, id: idOf(laterMs, round), recordedMs: laterMs, effectiveMs: laterMs }
      })
      await writeEntries(owner, written)
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect([...seen].sort().reverse()).toEqual(seen)
    const missing = there.filter(({ id }) => !seen.includes(id))
    expect(missing).toEqual([])
  })
})
