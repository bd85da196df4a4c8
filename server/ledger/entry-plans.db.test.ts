import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sessionConfig } from '../database/session.ts'
import { createTestDatabase } from '../testing/database.ts'
import { idOf, type WrittenEntry, writeEntries } from '../testing/entries.ts'
import { journalSession } from '../testing/journal.ts'
import type { EntryFilter } from './entry-filter.ts'
import {
  endStatement,
  matchesStatement,
  readingSettings,
  skipStatement,
  type WalkRequest,
} from './entry-statements.ts'
import { walksFor } from './entry-walks.ts'
import { fewMatches } from './metadata-matches.ts'
import { allIds, idBounds } from './recording-times.ts'

const firstMs = Date.parse('2026-01-01T00:00:00.000Z')
const minuteMs = 60_000
const entriesCount = 6_000
const examinedMax = 500
const ruleId = '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11'
const relatedId = '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b12'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let owner: pg.Pool
let client: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  owner = new pg.Pool({ connectionString: database.ownerConnectionString })
  client = new pg.Client(sessionConfig(journalSession(database.connectionString)))
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await owner.end()
  await database.drop()
})

/**
 * What tempts the planner: each value was half of all entries once, and has not occurred since. The
 * index of all ids looks cheap for it, and would read everything that was written since.
 */
function oldCampaign(): readonly WrittenEntry[] {
  return Array.from({ length: entriesCount }, (_, index) => {
    const recordedMs = firstMs + index * minuteMs
    const entry = { id: idOf(recordedMs, index), amountCents: 100, currency: 'USD', recordedMs }
    return index < entriesCount / 2
      ? { ...entry, ...old, effectiveMs: recordedMs - minuteMs }
      : { ...entry, ...recent, effectiveMs: recordedMs }
  })
}

const old = {
  userId: 'old',
  flow: 'reverse_credit',
  rewardId: 'old',
  relatedEntryId: relatedId,
  actor: `rule:${ruleId}@1`,
  sourceEvent: 'shop/old',
  metadata: { campaign: 'old' },
} as const
const recent = {
  userId: 'recent',
  flow: 'credit',
  rewardId: null,
  relatedEntryId: null,
  actor: 'key:test',
  sourceEvent: null,
  metadata: {},
} as const

// The walk of each filter that has one, and its index.
const walked: readonly (readonly [string, EntryFilter, RegExp])[] = [
  ['all entries', { amountCentsMin: 101 }, /^ledger_entries_id$/],
  ['a user', { userId: 'old' }, /^ledger_entries_pk$/],
  ['a reward', { rewardId: 'old' }, /^ledger_entries_reward$/],
  ['an event', { sourceEvent: 'shop/old' }, /^ledger_entries_source_event$/],
  ['a rule', { ruleId }, /^ledger_entries_rule$/],
  ['a related entry', { relatedEntryId: relatedId }, /^ledger_entries_related_entry$/],
  [
    'a time that entries count from',
    { effectiveTo: new Date(firstMs + 1_000 * minuteMs).toISOString() },
    /^ledger_entries_(backdated_ids|id)$/,
  ],
]
const stages = ['an empty table', 'a filled table', 'a table with statistics'] as const
const fill: Readonly<Record<(typeof stages)[number], () => Promise<unknown>>> = {
  'an empty table': async () => undefined,
  'a filled table': () => writeEntries(owner, oldCampaign()),
  'a table with statistics': () => owner.query('analyze ledger_entries'),
}

describe.each(stages)('the plans of the list of entries, with %s', (stage) => {
  beforeAll(async () => {
    await fill[stage]()
  })

  // A sort or a scan costs nothing here and minutes with ten million entries.
  it.each(walked)(
    'walk along the index for %s, no further than allowed',
    async (_what, filter, index) => {
      for (const { statement, rowsMax } of await statementsOf(filter)) {
        const nodes = await planOf(statement)
        const scans = nodes.filter((node) => node['Node Type'].includes('Scan'))
        const indexScans = scans.filter((node) => /^Index (Only )?Scan$/.test(node['Node Type']))
        expect(indexScans.length).toBeGreaterThan(0)
        expect(indexScans.map((node) => node['Index Name'])).toEqual(
          indexScans.map(() => expect.stringMatching(index)),
        )
        expect(
          scans.filter((node) => !/^(Index|Index Only|Subquery) Scan$/.test(node['Node Type'])),
        ).toEqual([])
        expect(nodes.filter((node) => node['Node Type'].includes('Sort'))).toEqual([])
        const read = indexScans.map(
          (node) => node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0),
        )
        expect(Math.max(...read)).toBeLessThanOrEqual(rowsMax)
      }
    },
  )

  it('find strays and rare metadata by their indexes', async () => {
    const spy = vi.spyOn(client, 'query')
    await client.query('begin')
    await idBounds(client, { recordedFrom: '2026-01-01T00:00:00.000Z' })
    await fewMatches(client, { order: 17 })
    await client.query('rollback')
    const statements = spy.mock.calls.flatMap(([text, values]: readonly unknown[]) =>
      typeof text === 'string' && Array.isArray(values) && text.includes('ledger_entries')
        ? [{ text, values }]
        : [],
    )
    spy.mockRestore()
    const plans = await Promise.all(statements.map((statement) => planOf(statement, true)))
    expect(plans.map((nodes) => nodes.flatMap((node) => node['Index Name'] ?? []))).toEqual([
      ['ledger_entries_stray'],
      ['ledger_entries_metadata'],
    ])
  })
})

interface Measured {
  readonly statement: pg.QueryConfig
  /** How many entries it may read from one index; a merge of two looks one ahead. */
  readonly rowsMax: number
}

async function statementsOf(filter: EntryFilter): Promise<readonly Measured[]> {
  await client.query('begin')
  const bounds = await idBounds(client, filter)
  await client.query('commit')
  const [walk] = walksFor(filter, bounds)
  const request: WalkRequest = { walk, ids: bounds.range, filter, examinedMax }
  const further = { ...request, ids: { ...allIds, to: idOf(firstMs + 2_000 * minuteMs, 0) } }
  // To sort all looks cheap where nearly all may be looked at.
  const whole = { ...request, examinedMax: entriesCount }
  return [
    matchesStatement(request, 101),
    matchesStatement({ ...request, filter: { ...filter, amountCentsMin: 101 } }, 101),
    matchesStatement(further, 101),
    endStatement(request),
    skipStatement(request, 50),
  ]
    .map((statement) => ({ statement, rowsMax: examinedMax + 1 }))
    .concat({ statement: matchesStatement(whole, 101), rowsMax: entriesCount })
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Index Name'?: string
  readonly 'Actual Rows': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

async function planOf(
  { text, values }: pg.QueryConfig,
  isBitmapAllowed = false,
): Promise<readonly PlanNode[]> {
  await client.query('begin')
  await client.query(readingSettings)
  if (isBitmapAllowed) await client.query('set local enable_bitmapscan = on')
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (analyze, format json) ${text}`,
    values,
  )
  await client.query('rollback')
  const plan = rows[0]?.['QUERY PLAN'][0].Plan
  return plan ? nodesOf(plan) : []
}

function nodesOf(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}
