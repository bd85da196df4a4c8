import { isPay, type ParsedRule } from '@pineos/core/rules/language/rule.ts'
import type pg from 'pg'
import { writerLock } from '../journal/writer-lock.ts'
import { backfillPage, collecting } from './backfill.ts'
import { countersOf, metricName, type NamedCounter } from './metric-definition.ts'
import { growRuleSet } from './rule-change.ts'

/** With more events than this stored, what has to be counted is counted beside the requests. */
export const inlineEventsMax = 2_000

export interface PreparationOptions {
  readonly ruleId: string
  readonly rule: ParsedRule
  /** Of the program. */
  readonly timezone: string
  readonly now: Date
}

/**
 * Has everything counted that a version of a rule goes by, before it is published in the same
 * transaction. From its commit on every event counts; those of before are counted at once where they
 * are few, else by a job. `isReady` once the rule may go into force.
 *
 * It takes the writers' lock, so that no event is between the two.
 */
export async function prepareMetrics(
  client: pg.PoolClient,
  options: PreparationOptions,
): Promise<{ isReady: boolean }> {
  const { ruleId, rule, now } = options
  const counters = countersOf(ruleId, rule)
  const paths = holdPathsOf(rule)
  if (counters.length + paths.length === 0) return { isReady: true }
  await client.query('select pg_advisory_xact_lock($1::integer, 0)', [writerLock])
  const states = await statesOf(client, counters)
  const missing = counters.filter(({ metricId }) => !states.has(metricName(metricId)))
  const newPaths = await missingPaths(client, paths)
  if (missing.length + newPaths.length > 0) {
    // Every process loads what is counted from this version of the set on.
    const version = await growRuleSet(client)
    await registerPaths(client, newPaths, version)
    await register(client, missing, { ...options, version })
    if (missing.length > 0 && (await hasFewEvents(client))) {
      while (await backfillPage(client, await collecting(client, version), now));
    }
  }
  const after = await statesOf(client, counters)
  return { isReady: [...after.values()].every((state) => state === 'ready') }
}

async function statesOf(
  client: pg.PoolClient,
  counters: readonly NamedCounter[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; state: string }>(
    'select name, state from rule_metrics where name = any ($1::text[])',
    [counters.map(({ metricId }) => metricName(metricId))],
  )
  return new Map(rows.map(({ name, state }) => [name, state]))
}

async function register(
  client: pg.PoolClient,
  missing: readonly NamedCounter[],
  { ruleId, timezone, now, version }: PreparationOptions & { version: bigint },
): Promise<void> {
  if (missing.length === 0) return
  // What a rule that was never in force has paid is nothing.
  const { rows } = await client.query<{ has_paid: boolean }>(
    `select exists (
       select from rule_versions where rule_id = $1::uuid and published_at is not null
     ) as has_paid`,
    [ruleId],
  )
  const isReady = ({ definition }: NamedCounter) =>
    definition.kind === 'limit' && definition.rule_id !== null && rows[0]?.has_paid === false
  // Nobody else registers meanwhile: whoever does has the writers' lock.
  await client.query(
    `insert into rule_metrics
       (number, name, definition, timezone, state, from_set_version, created_at, ready_at)
     select (select coalesce(max(number), 0) from rule_metrics) + n.place, n.name,
       n.definition::jsonb, $4::text, n.state, $5::bigint, $6::timestamptz,
       case when n.state = 'ready' then $6::timestamptz end
     from unnest($1::text[], $2::text[], $3::text[])
       with ordinality as n (name, definition, state, place)`,
    [
      missing.map(({ metricId }) => metricName(metricId)),
      missing.map(({ definition }) => JSON.stringify(definition)),
      missing.map((named) => (isReady(named) ? 'ready' : 'collecting')),
      timezone,
      version.toString(),
      now,
    ],
  )
}

async function hasFewEvents(client: pg.PoolClient): Promise<boolean> {
  const { rowCount } = await client.query(`select from events limit ${inlineEventsMax + 1}`)
  return (rowCount ?? 0) <= inlineEventsMax
}

interface HoldPath {
  readonly eventType: string
  readonly path: string
}

function holdPathsOf({ actions }: ParsedRule): readonly HoldPath[] {
  const paths = actions.flatMap((action) => {
    if (!isPay(action) || action.hold?.kind !== 'event') return []
    const { type: eventType, match } = action.hold
    return [{ eventType, path: match.text }]
  })
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()]
}

async function missingPaths(
  client: pg.PoolClient,
  paths: readonly HoldPath[],
): Promise<readonly HoldPath[]> {
  if (paths.length === 0) return []
  const { rows } = await client.query<{ event_type: string; match_path: string }>(
    'select event_type, match_path from event_hold_paths where event_type = any ($1::text[])',
    [paths.map(({ eventType }) => eventType)],
  )
  return paths.filter(
    ({ eventType, path }) =>
      !rows.some((row) => row.event_type === eventType && row.match_path === path),
  )
}

async function registerPaths(
  client: pg.PoolClient,
  paths: readonly HoldPath[],
  version: bigint,
): Promise<void> {
  if (paths.length === 0) return
  await client.query(
    `insert into event_hold_paths (event_type, match_path, from_set_version)
     select n.event_type, n.match_path, $3::bigint
     from unnest($1::text[], $2::text[]) as n (event_type, match_path)`,
    [paths.map(({ eventType }) => eventType), paths.map(({ path }) => path), version.toString()],
  )
}
