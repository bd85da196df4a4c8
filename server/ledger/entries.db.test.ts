import { type FlowName, flowNames } from '@pineos/contract/ledger.ts'
import { flows } from '@pineos/core/ledger/flows.ts'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPool } from '../database/session.ts'
import { createTestDatabase } from '../testing/database.ts'
import { accountsOf, idOf, listAll, type WrittenEntry, writeEntries } from '../testing/entries.ts'
import { journalSession } from '../testing/journal.ts'
import { createEntries } from './entries.ts'
import type { EntryFilter } from './entry-filter.ts'

const firstMs = Date.parse('2026-01-01T00:00:00.000Z')
const hourMs = 3_600_000
const entriesCount = 400
const straysCount = 10

// Those that stand by themselves or for another entry in every version of the table.
const writtenFlows = [
  'credit',
  'credit_pending',
  'confirm',
  'debit',
  'reverse_credit',
  'reverse_pending',
  'reverse_debit',
] as const satisfies readonly FlowName[]

const users = ['ann', 'ben', 'house']
const rewards = ['welcome', 'referral']
const ruleIds = ['01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11', '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b12']
const relatedId = '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b13'
const actors = [
  'key:01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b14',
  ...ruleIds.flatMap((id) => [`rule:${id}@1`, `rule:${id}@2`]),
]
const metadataValues = [
  {},
  { campaign: 'spring' },
  { campaign: 'spring', order: { id: 'o-1', lines: [1, 2] } },
  { campaign: 'autumn', order: { id: 'o-2', lines: [2, 3] } },
]

let database: Awaited<ReturnType<typeof createTestDatabase>>
let owner: pg.Pool
let pool: pg.Pool
/** Everything that is written. */
let ledger: readonly WrittenEntry[]

beforeAll(async () => {
  database = await createTestDatabase()
  owner = new pg.Pool({ connectionString: database.ownerConnectionString })
  pool = createPool({
    ...journalSession(database.connectionString),
    connectionsMax: 4,
    onError: () => {},
  })
  ledger = generateLedger()
  await writeEntries(owner, ledger)
})
afterAll(async () => {
  await pool.end()
  await owner.end()
  await database.drop()
})

/**
 * The same ledger in every run: an entry an hour, of everything some. The first are strays, with ids of
 * days later; the ids of the others are as far from the time of recording as they may be.
 */
function generateLedger(): readonly WrittenEntry[] {
  const choices = fc.record({
    userId: fc.constantFrom(...users),
    flow: fc.constantFrom(...writtenFlows),
    amountCents: fc.integer({ min: 1, max: 20 }),
    currency: fc.constantFrom('USD', 'EUR'),
    rewardId: fc.constantFrom(...rewards, null),
    actor: fc.constantFrom(...actors),
    sourceEvent: fc.constantFrom('shop/1', 'shop/2', null),
    metadata: fc.constantFrom(...metadataValues),
    backdatedHours: fc.constantFrom(0, 0, 0, 1, 100),
    idShiftMs: fc.constantFrom(-60_000, 0, 60_000),
  })
  const chosen = fc.sample(choices, { numRuns: entriesCount, seed: 1 })
  return chosen.map(({ backdatedHours, idShiftMs, ...entry }, index) => {
    const recordedMs = firstMs + index * hourMs
    const { entryType } = flows[entry.flow]
    const isRelated = !['credit', 'credit_pending', 'debit'].includes(entry.flow)
    return {
      ...entry,
      id: idOf(recordedMs + (index < straysCount ? 100.5 * hourMs : idShiftMs), index),
      rewardId: entryType === 'debit' ? null : entry.rewardId,
      relatedEntryId: isRelated ? relatedId : null,
      effectiveMs: recordedMs - backdatedHours * hourMs,
      recordedMs,
    }
  })
}

/** What each filter means, in the plainest words there are. */
const meanings: {
  readonly [Name in keyof EntryFilter]-?: (
    entry: WrittenEntry,
    value: NonNullable<EntryFilter[Name]>,
  ) => boolean
} = {
  userId: (entry, value) => entry.userId === value,
  account: (entry, value) => accountsOf(entry).includes(value),
  currency: (entry, value) => entry.currency === value,
  flows: (entry, value) => value.includes(entry.flow),
  rewardId: (entry, value) => entry.rewardId === value,
  sourceEvent: (entry, value) => entry.sourceEvent === value,
  ruleId: (entry, value) => entry.actor.startsWith(`rule:${value}@`),
  actor: (entry, value) => entry.actor === value,
  relatedEntryId: (entry, value) => entry.relatedEntryId === value,
  amountCentsMin: (entry, value) => entry.amountCents >= value,
  amountCentsMax: (entry, value) => entry.amountCents <= value,
  recordedFrom: (entry, value) => entry.recordedMs >= Date.parse(value),
  recordedTo: (entry, value) => entry.recordedMs < Date.parse(value),
  effectiveFrom: (entry, value) => entry.effectiveMs >= Date.parse(value),
  effectiveTo: (entry, value) => entry.effectiveMs < Date.parse(value),
  metadata: (entry, value) => contains(entry.metadata, value),
}

/** As `@>` of PostgreSQL, for what the generated metadata has. */
function contains(value: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return (
      Array.isArray(value) && part.every((item) => value.some((other) => contains(other, item)))
    )
  }
  if (typeof part !== 'object' || part === null) return value === part
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(part).every(
    ([name, item]) =>
      Object.hasOwn(value, name) && contains((value as Record<string, unknown>)[name], item),
  )
}

function matching(filter: EntryFilter): readonly string[] {
  const names = Object.keys(filter) as (keyof EntryFilter)[]
  return ledger
    .filter((entry) =>
      names.every((name) => {
        // Each meaning takes the values of its own filter; the loop cannot know which it has.
        const means = meanings[name] as (entry: WrittenEntry, value: unknown) => boolean
        return filter[name] === undefined || means(entry, filter[name])
      }),
    )
    .map(({ id }) => id)
    .sort()
    .reverse()
}

const instants = fc
  .tuple(fc.integer({ min: -10, max: entriesCount + 10 }), fc.constantFrom(-1, 0, 1, 60_000))
  .map(([hours, ms]) => new Date(firstMs + hours * hourMs + ms).toISOString())
const values: { readonly [Name in keyof EntryFilter]-?: fc.Arbitrary<EntryFilter[Name]> } = {
  userId: fc.constantFrom(...users, 'nobody'),
  account: fc.constantFrom(
    'user:ann:available',
    'user:ben:pending',
    'program:default:rewards',
    'program:default:redemptions',
    'program:other:rewards',
  ),
  currency: fc.constantFrom('USD', 'EUR', 'JPY'),
  flows: fc.subarray<FlowName>([...flowNames]),
  rewardId: fc.constantFrom(...rewards, 'unheard of'),
  sourceEvent: fc.constantFrom('shop/1', 'shop/3'),
  ruleId: fc.constantFrom(...ruleIds, relatedId),
  actor: fc.constantFrom(...actors),
  relatedEntryId: fc.constantFrom(relatedId, ruleIds[0]),
  amountCentsMin: fc.integer({ min: 1, max: 21 }),
  amountCentsMax: fc.integer({ min: 1, max: 20 }),
  recordedFrom: instants,
  recordedTo: instants,
  effectiveFrom: instants,
  effectiveTo: instants,
  metadata: fc.constantFrom(
    { campaign: 'spring' },
    { campaign: 'winter' },
    { order: { id: 'o-1' } },
    { order: { lines: [2] } },
    { order: {} },
  ),
}
const filterNames = Object.keys(values) as (keyof EntryFilter)[]
/** Up to four filters: of more nothing would be left. */
const filters: fc.Arbitrary<EntryFilter> = fc
  .subarray(filterNames, { maxLength: 4 })
  // Each name keeps the values of its own, which Object.fromEntries cannot say.
  .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, values[name]]))))
  .map((filter) => filter as EntryFilter)
/** Two ranges of times, whose ends are looked for among the ids in ways of their own. */
const ranges: fc.Arbitrary<EntryFilter> = fc.record(
  {
    recordedFrom: instants,
    recordedTo: instants,
    effectiveFrom: instants,
    effectiveTo: instants,
    flows: values.flows,
  },
  { requiredKeys: ['effectiveTo'] },
)

describe('the list of entries', () => {
  // A filter that lets through too little hides money, one that lets through too much misleads.
  it.each(filterNames)('shows exactly what %s lets through', async (name) => {
    await fc.assert(
      fc.asyncProperty(values[name], async (value) => {
        const filter = { [name]: value }
        const { ids } = await listAll(createEntries({ pool }), { filter, limit: 50 })
        expect(ids).toEqual(matching(filter))
      }),
      { numRuns: 8 },
    )
  })

  // Short pages, several indexes and ranges of ids must neither lose nor repeat a match.
  it('shows each match once, whatever the filters, the size of a page and of a walk', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(filters, ranges),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 20, max: 100 }),
        async (filter, limit, examinedMax) => {
          const entries = createEntries({ pool, examinedMax })
          const { ids, pages } = await listAll(entries, { filter, limit })
          const expected = matching(filter)
          expect(ids).toEqual(expected)
          expect(pages).toBeLessThanOrEqual(
            Math.ceil(expected.length / limit) + Math.ceil(ledger.length / examinedMax) + 1,
          )
        },
      ),
      { numRuns: 150 },
    )
  })

  it('passes over as many matches as the offset says, over short pages too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record(
          { userId: values.userId, flows: values.flows, rewardId: values.rewardId },
          { requiredKeys: [] },
        ),
        fc.integer({ min: 0, max: 150 }),
        async (filter, offset) => {
          const entries = createEntries({ pool, examinedMax: 30 })
          const { ids } = await listAll(entries, { filter, limit: 20, offset })
          expect(ids).toEqual(matching(filter).slice(offset))
        },
      ),
      { numRuns: 40 },
    )
  })
})
