import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { CounterChange } from '../journal/counter-changes.ts'
import { type CheckResult, checkResult, faultsMax } from '../log/check-result.ts'
import { type NumberedCounter, recount } from './backfill.ts'
import { counterFrom, type MetricDefinition } from './metric-definition.ts'

/** Counters that are compared in one pass over the events; with more of them there are more passes. */
const countersPerPassMax = 200_000

/** The name of the check among those of the proof of zero. */
export const countersCheckName = 'counters_match_events'

interface MetricRow {
  readonly number: number
  readonly definition: MetricDefinition
  readonly timezone: string
}

/**
 * Counts all stored events and what was decided on them again, and compares it with the counters, within
 * the transaction of the client. Its memory is bounded by passes over parts of the owners.
 */
export async function checkCounters(client: pg.ClientBase): Promise<CheckResult> {
  const { rows: metrics } = await client.query<MetricRow>(
    `select number, definition, timezone from rule_metrics where state = 'ready' order by number`,
  )
  const { rows } = await client.query<{ kept: bigint }>(
    `select (select count(*) from rule_counters) + (select count(*) from rule_counter_values) as kept`,
  )
  const kept = Number(rows[0]?.kept ?? 0)
  if (metrics.length === 0) return checkResult(countersCheckName, 0, [])
  const passes = Math.ceil((kept + 1) / countersPerPassMax)
  const faults: { detail: string }[] = []
  for (let pass = 0; pass < passes && faults.length < faultsMax; pass++)
    faults.push(...(await checkPart(client, metrics, { pass, passes })))
  return checkResult(countersCheckName, kept, faults)
}

interface Part {
  readonly pass: number
  readonly passes: number
}

async function checkPart(
  client: pg.ClientBase,
  metrics: readonly MetricRow[],
  part: Part,
): Promise<readonly { detail: string }[]> {
  const counters: readonly NumberedCounter[] = metrics.map(({ number, definition }) => ({
    ...counterFrom(definition),
    number,
  }))
  const numbers = new Map(counters.map(({ metricId, number }) => [metricId, number]))
  const changes = await recount(client, {
    counters,
    // All of them were registered under the one of the program.
    timezone: metrics[0]?.timezone ?? 'UTC',
    isCounted: ({ owner }) => partOf(owner, part.passes) === part.pass,
  })
  const recounted = new Map(
    changes.list().flatMap((change) => linesOf(change, numbers.get(change.metricId) ?? 0)),
  )
  const stored = new Map(await readStored(client, [...numbers.values()], part))
  const names = new Set([...recounted.keys(), ...stored.keys()])
  return [...names].flatMap((name) => {
    const [is, should] = [stored.get(name) ?? 'not there', recounted.get(name) ?? 'not there']
    return is === should
      ? []
      : [{ detail: `counter ${name} is ${is}; the events make it ${should}` }]
  })
}

/** The part of the owners that the owner belongs to, as the statements below compute it too. */
function partOf(owner: string, passes: number): number {
  return createHash('md5').update(owner).digest().readUInt16BE(0) % passes
}

type Line = readonly [name: string, value: string]

function linesOf(change: CounterChange, metric: number): readonly Line[] {
  const { owner, bucket, count, sum, min, max, distinct } = change
  const name = `${metric} ${bucket} ${owner}`
  if (distinct.size > 0) return [...distinct].map((value) => [`${name} ${value}`, 'there'])
  return [[name, `${count} ${sum} ${min} ${max}`]]
}

async function readStored(
  client: pg.ClientBase,
  numbers: readonly number[],
  { pass, passes }: Part,
): Promise<readonly Line[]> {
  const { rows } = await client.query<{ name: string; value: string }>(
    `select concat(metric, ' ', bucket, ' ', owner) as name,
       concat(count, ' ', sum, ' ', coalesce(min::text, 'null'), ' ', coalesce(max::text, 'null'))
         as value
     from rule_counters
     where metric = any ($1::integer[])
       and ('x' || left(md5(owner), 4))::bit(16)::integer % $2::integer = $3::integer
     union all
     select concat(metric, ' ', bucket, ' ', owner, ' ', value), 'there'
     from rule_counter_values
     where metric = any ($1::integer[])
       and ('x' || left(md5(owner), 4))::bit(16)::integer % $2::integer = $3::integer`,
    [numbers, passes, pass],
  )
  return rows.map(({ name, value }) => [name, value] as const)
}
