import { plainArray, textArray } from './array-literal.ts'
import type { BoundStatement, Statement } from './connection.ts'
import type { CounterChange } from './counter-changes.ts'
import type { MetricNumbers } from './load-counters.ts'
import { byName } from './order.ts'

// Amounts are added, never set: what another writer adds to the same counter is not lost.
const countersStatement: Statement = {
  name: 'journal_save_counters',
  sql: `
    insert into rule_counters as c (owner, metric, bucket, count, sum, min, max)
    select n.owner, n.metric, n.bucket, n.count, n.sum, n.min, n.max
    from unnest($1::text[], $2::integer[], $3::integer[], $4::bigint[], $5::numeric[], $6::bigint[],
        $7::bigint[])
      as n (owner, metric, bucket, count, sum, min, max)
    on conflict (owner, metric, bucket) do update
    set count = c.count + excluded.count, sum = c.sum + excluded.sum,
      min = least(c.min, excluded.min), max = greatest(c.max, excluded.max)`,
}

const valuesStatement: Statement = {
  name: 'journal_save_counter_values',
  sql: `
    insert into rule_counter_values (owner, metric, bucket, value)
    select n.owner, n.metric, n.bucket, n.value
    from unnest($1::text[], $2::integer[], $3::integer[], $4::text[])
      as n (owner, metric, bucket, value)
    on conflict (owner, metric, bucket, value) do nothing`,
}

/** Adds to the counters, in the order of their keys. Values that are told apart are kept one by one. */
export function saveCounters(
  changes: readonly CounterChange[],
  numberOf: MetricNumbers,
): readonly BoundStatement[] {
  const numbered = changes.flatMap((change) => {
    const metric = numberOf(change.metricId)
    return metric === undefined ? [] : [{ ...change, metric }]
  })
  const sorted = numbered.sort(
    (a, b) => byName(a.owner, b.owner) || a.metric - b.metric || a.bucket - b.bucket,
  )
  const sums = sorted.filter(({ distinct }) => distinct.size === 0)
  const values = sorted.flatMap(({ distinct, ...change }) =>
    [...distinct].sort(byName).map((value) => ({ ...change, value })),
  )
  return [
    ...(sums.length > 0
      ? [
          {
            statement: countersStatement,
            values: [
              ...places(sums),
              plainArray(sums.map(({ count }) => count)),
              plainArray(sums.map(({ sum }) => sum)),
              plainArray(sums.map(({ min }) => min)),
              plainArray(sums.map(({ max }) => max)),
            ],
          },
        ]
      : []),
    ...(values.length > 0
      ? [
          {
            statement: valuesStatement,
            values: [...places(values), textArray(values.map(({ value }) => value))],
          },
        ]
      : []),
  ]
}

interface Place {
  readonly owner: string
  readonly metric: number
  readonly bucket: number
}

function places(rows: readonly Place[]): string[] {
  return [
    textArray(rows.map(({ owner }) => owner)),
    plainArray(rows.map(({ metric }) => metric)),
    plainArray(rows.map(({ bucket }) => bucket)),
  ]
}

/** For the proof that each finds its rows by index. */
export const saveCountersStatements: readonly Statement[] = [countersStatement, valuesStatement]
