import {
  type CounterRead,
  distinctValuesMax,
  noTotals,
  type Totals,
} from '@pineos/core/rules/evaluation/history.ts'
import { plainArray, textArray } from './array-literal.ts'
import type { Statement } from './connection.ts'

/** Under which number the counters of a metric are kept; undefined where it is not kept. */
export type MetricNumbers = (metricId: string) => number | undefined

/** Whoever can send a statement: the journal, or a question outside of it. */
export interface Queries {
  query<Row extends object>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<{ rows: Row[] }>
}

/** What was read of counters; a read of a metric that is not kept is not among it. */
export type LoadedTotals = ReadonlyMap<string, Totals>

/** One name for the same read. */
export function readKey({ metricId, owner, from, to }: CounterRead): string {
  return `${owner}\0${from}\0${to}\0${metricId}`
}

/**
 * Reads counters, summed by the database over the range of each read. Of values that are told apart
 * there are at most one more than a rule may tell apart.
 */
export async function loadCounters(
  connection: Queries,
  reads: readonly CounterRead[],
  numberOf: MetricNumbers,
): Promise<LoadedTotals> {
  const wanted = new Map<string, NumberedRead>()
  for (const read of reads) {
    const metric = numberOf(read.metricId)
    if (metric !== undefined) wanted.set(readKey(read), { read, metric })
  }
  const all = [...wanted.values()]
  const [sums, values] = await Promise.all([
    loadSums(
      connection,
      all.filter(({ read }) => !read.isDistinct),
    ),
    loadValues(
      connection,
      all.filter(({ read }) => read.isDistinct),
    ),
  ])
  return new Map([...sums, ...values])
}

interface NumberedRead {
  readonly read: CounterRead
  readonly metric: number
}

function columns(reads: readonly NumberedRead[]): string[] {
  return [
    textArray(reads.map(({ read }) => read.owner)),
    plainArray(reads.map(({ metric }) => metric)),
    plainArray(reads.map(({ read }) => read.from)),
    plainArray(reads.map(({ read }) => read.to)),
  ]
}

const wantedSql = `unnest($1::text[], $2::integer[], $3::integer[], $4::integer[])
      with ordinality as wanted (owner, metric, first_bucket, last_bucket, place)`

const sumsStatement: Statement = {
  name: 'journal_load_counters',
  sql: `
    select wanted.place, t.count, t.sum, t.min, t.max
    from ${wantedSql}
    cross join lateral (
      select sum(c.count)::bigint as count, sum(c.sum) as sum, min(c.min) as min, max(c.max) as max
      from rule_counters c
      where c.owner = wanted.owner and c.metric = wanted.metric
        and c.bucket between wanted.first_bucket and wanted.last_bucket
    ) t`,
}

interface SumsRow {
  readonly place: bigint
  readonly count: bigint | null
  readonly sum: string | null
  readonly min: bigint | null
  readonly max: bigint | null
}

async function loadSums(
  connection: Queries,
  reads: readonly NumberedRead[],
): Promise<(readonly [string, Totals])[]> {
  if (reads.length === 0) return []
  const { rows } = await connection.query<SumsRow>(sumsStatement, columns(reads))
  return rows.flatMap((row) => {
    const read = reads[Number(row.place) - 1]
    if (!read) return []
    const { min, max } = row
    const [count, sum] = [Number(row.count ?? 0), BigInt(row.sum ?? 0)]
    return [[readKey(read.read), { ...noTotals, count, sum, min, max }] as const]
  })
}

const valuesStatement: Statement = {
  name: 'journal_load_counter_values',
  sql: `
    select wanted.place, v.value
    from ${wantedSql}
    cross join lateral (
      select distinct c.value
      from rule_counter_values c
      where c.owner = wanted.owner and c.metric = wanted.metric
        and c.bucket between wanted.first_bucket and wanted.last_bucket
      limit ${distinctValuesMax + 1}
    ) v`,
}

async function loadValues(
  connection: Queries,
  reads: readonly NumberedRead[],
): Promise<(readonly [string, Totals])[]> {
  if (reads.length === 0) return []
  const { rows } = await connection.query<{ place: bigint; value: string }>(
    valuesStatement,
    columns(reads),
  )
  const found = reads.map(() => new Set<string>())
  for (const { place, value } of rows) found[Number(place) - 1]?.add(value)
  return reads.map(({ read }, index) => {
    const distinct = found[index] ?? new Set<string>()
    return [readKey(read), { ...noTotals, count: distinct.size, distinct }] as const
  })
}

/** For the proof that each finds its rows by index. */
export const loadCountersStatements: readonly Statement[] = [sumsStatement, valuesStatement]
