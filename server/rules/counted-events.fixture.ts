import { createHash } from 'node:crypto'
import type { Decision, RuleResult } from '@pineos/contract/rules.ts'
import type pg from 'pg'
import { newId } from '../id.ts'
import type { CounterChanges } from '../journal/counter-changes.ts'
import type { Journal } from '../journal/journal.ts'
import { recount } from './backfill.ts'
import { counterFrom, type MetricDefinition } from './metric-definition.ts'

export interface SentEvent {
  readonly id: string
  readonly type?: string
  readonly userId?: string
  readonly at?: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** Sends an event and gives the decision on it. */
export async function send(journal: Journal, sent: SentEvent): Promise<Decision> {
  const { id, type = 'signup', userId = null, at = '2027-01-31T12:00:00.000Z', data = {} } = sent
  const fingerprint = createHash('sha256').update(JSON.stringify(sent)).digest('hex')
  const event = { source: 'shop', id, type, userId, occurredAt: at, data, fingerprint }
  const outcome = await journal.submit({ kind: 'event', id: newId(), event, ruleId: null }, 300)
  if (outcome.kind !== 'judged') throw new Error(outcome.kind)
  return outcome.decision
}

export function resultOf({ results }: Decision, ruleId: string): RuleResult {
  const result = results.find((each) => each.rule_id === ruleId)
  if (!result) throw new Error(`the rule ${ruleId} was not asked`)
  return result
}

/** What the rule paid in all: minor units of what was executed. */
export function paidBy(decision: Decision, ruleId: string): number {
  return resultOf(decision, ruleId)
    .actions_executed.filter(({ success }) => success)
    .reduce((sum, { amount_cents }) => sum + amount_cents, 0)
}

interface CounterRow {
  readonly owner: string
  readonly metric: number
  readonly bucket: number
  readonly count: string
  readonly sum: string
  readonly min: string | null
  readonly max: string | null
}

/** The counters as they are stored, and as they are counted again from all events: to be equal. */
export async function storedAndRecounted(
  pool: pg.Pool,
): Promise<{ stored: readonly object[]; recounted: readonly object[] }> {
  const metrics = await pool.query<{
    number: number
    definition: MetricDefinition
    timezone: string
  }>('select number, definition, timezone from rule_metrics order by number')
  const counters = metrics.rows.map(({ number, definition }) => ({
    ...counterFrom(definition),
    number,
  }))
  const numbers = new Map(counters.map(({ metricId, number }) => [metricId, number]))
  const client = await pool.connect()
  let changes: CounterChanges
  try {
    changes = await recount(client, {
      counters,
      timezone: metrics.rows[0]?.timezone ?? 'UTC',
      fromSetVersion: 9_223_372_036_854_775_807n,
    })
  } finally {
    client.release()
  }
  const sums = await pool.query<CounterRow>(
    `select owner, metric, bucket, count::text, sum::text, min::text, max::text from rule_counters`,
  )
  const values = await pool.query<{ owner: string; metric: number; bucket: number; value: string }>(
    'select owner, metric, bucket, value from rule_counter_values',
  )
  const recounted = changes.list().flatMap(({ metricId, distinct, ...change }): object[] => {
    const { owner, bucket } = change
    const place = { owner, metric: numbers.get(metricId), bucket }
    if (distinct.size > 0) return [...distinct].map((value) => ({ ...place, value }))
    const { count, sum, min, max } = change
    const [least, greatest] = [min?.toString() ?? null, max?.toString() ?? null]
    return [{ ...place, count: String(count), sum: sum.toString(), min: least, max: greatest }]
  })
  return { stored: inOrder([...sums.rows, ...values.rows]), recounted: inOrder(recounted) }
}

function inOrder(rows: readonly object[]): readonly object[] {
  return rows
    .map((row): readonly [string, object] => [JSON.stringify(Object.entries(row).sort()), row])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row)
}
