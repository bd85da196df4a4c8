import type { RuleMetric } from '@pineos/contract/rule-metrics.ts'
import type pg from 'pg'
import type { MetricDefinition } from './metric-definition.ts'

/** More than any program registers; beyond it the oldest are not listed. */
const listedMax = 10_000

interface MetricRow {
  readonly number: number
  readonly definition: MetricDefinition
  readonly state: RuleMetric['state']
  readonly events_counted: bigint
  readonly events_total: bigint | null
  readonly created_at: Date
  readonly ready_at: Date | null
}

/** What is counted for rules, newest first, with how far the counting of stored events has got. */
export async function readRuleMetrics(pool: pg.Pool): Promise<RuleMetric[]> {
  const { rows } = await pool.query<MetricRow>(
    `select number, definition, state, events_counted, events_total, created_at, ready_at
     from rule_metrics order by number desc limit ${listedMax}`,
  )
  return rows.map(({ definition, events_counted, events_total, created_at, ready_at, ...row }) => ({
    ...row,
    definition: { ...definition },
    events_counted: Number(events_counted),
    events_total: events_total === null ? null : Number(events_total),
    created_at: created_at.toISOString(),
    ready_at: ready_at?.toISOString() ?? null,
  }))
}

/**
 * Fails where what was counted so far goes by the days of another time zone: they could not be told from
 * those of this one.
 */
export async function assertTimezone(pool: pg.Pool, timezone: string): Promise<void> {
  const { rows } = await pool.query<{ timezone: string }>(
    'select timezone from rule_metrics where timezone <> $1::text limit 1',
    [timezone],
  )
  const [other] = rows
  if (!other) return
  throw new Error(
    `PROGRAM_TIMEZONE is ${timezone}, but rules have counted by the days of ${other.timezone}: start with that one.`,
  )
}
