import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase } from '../testing/database.ts'
import { effectiveBalance, recordedBalance } from './balance-at.ts'
import { effectiveLines, recordedLines, recordedLinesFrom, sameInstant } from './statement-lines.ts'

const entriesCount = 40_000
const limit = 100
const halvingSteps = Math.ceil(Math.log2(entriesCount))
// Entries of the sequence are a second apart, and every thousandth counts from an hour before.
const midway = '2027-01-01T06:00:00.000Z'
const later = '2027-01-01T06:30:00.000Z'
const midSequence = 6 * 3_600

let database: Awaited<ReturnType<typeof createTestDatabase>>
let client: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  client = new pg.Client({ connectionString: database.ownerConnectionString })
  await client.connect()
  for (const userId of ['much', 'others']) await client.query(manyEntries, [userId, entriesCount])
  await client.query(
    `insert into user_balances (user_id, currency, available_cents, pending_cents, version, updated_at)
     values ('much', 'USD', $1, 0, $1, now())`,
    [entriesCount],
  )
  await client.query('analyze ledger_entries, user_balances')
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

const workersForNothing = [
  'parallel_setup_cost',
  'parallel_tuple_cost',
  'min_parallel_table_scan_size',
  'min_parallel_index_scan_size',
]

const manyEntries = `
  insert into ledger_entries (user_id, id, flow, entry_type, amount_cents, currency, debit_account,
    credit_account, user_sequence, balance_after_cents, pending_after_cents, debt_after_cents,
    idempotency_key, actor, metadata, effective_at, recorded_at)
  select $1, gen_random_uuid(), 'credit', 'credit', 1, 'USD', 'program:default:rewards',
    'user:' || $1 || ':available', n, n, 0, 0, $1 || n, 'key:test', '{}',
    at - case when n % 1000 = 0 then interval '1 hour' else interval '0' end, at
  from generate_series(1, $2::integer) n
  cross join lateral (select timestamptz '2027-01-01T00:00:00Z' + n * interval '1 second' as at) t`

const balances = [
  {
    ...recordedBalance,
    values: ['much', 'USD', midway, entriesCount],
    entriesMax: halvingSteps + 1,
  },
  {
    ...effectiveBalance,
    values: ['much', 'USD', midway, entriesCount, midway, 'infinity'],
    // With all that was backdated.
    entriesMax: halvingSteps + entriesCount / 1_000 + 1,
  },
]

const statements = [
  {
    ...recordedLines,
    values: ['much', 'USD', midSequence, entriesCount, limit],
    entriesMax: limit,
  },
  {
    ...recordedLinesFrom,
    values: ['much', 'USD', midway, limit],
    entriesMax: halvingSteps + limit,
  },
  {
    ...effectiveLines,
    values: [
      'much',
      'USD',
      midSequence,
      midSequence + 1_800,
      limit,
      midway,
      midSequence,
      later,
      entriesCount,
    ],
    entriesMax: 2 * limit + 10,
  },
  {
    ...sameInstant,
    values: ['much', 'USD', midway, midSequence, midSequence, entriesCount],
    entriesMax: 2,
  },
  ...balances,
]

interface Plan {
  readonly 'Node Type': string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Relation Name'?: string
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Plan[]
}

function nodesOf(plan: Plan): readonly Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}

describe('the plans of statements', () => {
  // After five times PostgreSQL may plan once for all values: that plan has to do as well.
  for (const mode of ['force_custom_plan', 'force_generic_plan']) {
    it.each(statements.map((statement) => [statement.name, statement] as const))(
      `%s reads by index no more entries than a page has, ${mode}`,
      async (name, { text, values, entriesMax }) => {
        await client.query(`set plan_cache_mode = ${mode}`)
        const prepared = `${name}_${mode}`
        await client.query(`prepare ${prepared} as ${text}`)
        const literals = values.map((value) => `'${value}'`).join(', ')
        const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
          `explain (analyze, format json) execute ${prepared} (${literals})`,
        )
        const nodes = rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => nodesOf(Plan)))
        const scans = nodes.filter((node) => node['Relation Name'] === 'ledger_entries')
        expect(scans.length).toBeGreaterThan(0)
        const kinds = new Set(scans.map((node) => node['Node Type']))
        expect(kinds).not.toContain('Seq Scan')
        const read = scans.reduce(
          (sum, node) =>
            sum +
            (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
          0,
        )
        expect(read, JSON.stringify(rows)).toBeLessThanOrEqual(entriesMax)
      },
    )
  }

  // With millions of entries workers look as cheap as this, and starting them takes far longer than
  // reading what a balance needs.
  it('start no workers for a balance', async () => {
    for (const setting of workersForNothing) await client.query(`set ${setting} = 0`)
    for (const [index, { text, values }] of balances.entries()) {
      await client.query(`prepare balance_${index} as ${text}`)
      const literals = values.map((value) => `'${value}'`).join(', ')
      const { rows } = await client.query(`explain execute balance_${index} (${literals})`)
      expect(JSON.stringify(rows)).not.toContain('Gather')
    }
  })
})
