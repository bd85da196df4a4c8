import type pg from 'pg'
import type { MetricDefinition } from './metric-definition.ts'

/** A rule that has changed, as it is now. */
export interface ChangedRule {
  readonly id: string
  readonly name: string
  /** The version that is in force; null where none is any more. */
  readonly version: number | null
}

/** What a set of rules that knows one version must be told to be as of a later one. */
export interface RuleChanges {
  readonly version: bigint
  /** In the order of age. */
  readonly rules: readonly ChangedRule[]
  readonly metrics: readonly { readonly number: number; readonly definition: MetricDefinition }[]
  readonly holdPaths: readonly { readonly event_type: string; readonly match_path: string }[]
}

interface ChangedRow extends ChangedRule {
  readonly set_version: bigint
}

/** Reads what has changed since the version, or everything in force; what is counted always will be. */
export async function readRuleChanges(pool: pg.Pool, since: bigint | null): Promise<RuleChanges> {
  // One statement, so that the rules are those of the version beside them. What is counted is read after
  // it: more of it does no harm, as a decision by a version that has passed is not saved.
  const { rows } = await pool.query<ChangedRow | (ChangedRow & { id: null })>(
    `select s.version as set_version, r.id, r.name,
       case when r.status = 'published' then r.version end as version
     from rule_set s
     left join referral_rules r
       on r.set_version > $1::bigint or ($1::bigint is null and r.status = 'published')
     order by r.created_at, r.id`,
    [since?.toString() ?? null],
  )
  const version = rows[0]?.set_version
  if (version === undefined) throw new Error('the row of the rule set is missing')
  const after = [(since ?? -1n).toString()]
  const [metrics, paths] = await Promise.all([
    pool.query<RuleChanges['metrics'][number]>(
      'select number, definition from rule_metrics where from_set_version > $1::bigint',
      after,
    ),
    pool.query<RuleChanges['holdPaths'][number]>(
      'select event_type, match_path from event_hold_paths where from_set_version > $1::bigint',
      after,
    ),
  ])
  const rules = rows.filter((row): row is ChangedRow => row.id !== null)
  return { version, rules, metrics: metrics.rows, holdPaths: paths.rows }
}

export interface VersionText {
  readonly rule_id: string
  readonly version: number
  readonly rule_json: Readonly<Record<string, unknown>>
}

/** What these versions of rules say. */
export async function readVersionTexts(
  pool: pg.Pool,
  rules: readonly { readonly id: string; readonly version: number }[],
): Promise<readonly VersionText[]> {
  if (rules.length === 0) return []
  const { rows } = await pool.query<VersionText>(
    `select v.rule_id, v.version, v.rule_json
     from unnest($1::uuid[], $2::integer[]) as wanted (rule_id, version)
     join rule_versions v on v.rule_id = wanted.rule_id and v.version = wanted.version`,
    [rules.map(({ id }) => id), rules.map(({ version }) => version)],
  )
  return rows
}

export interface VersionInTerms extends VersionText {
  /** When it came into force first. */
  readonly from_at: Date
}

/** Every version of these rules that was ever in force, the first one first. */
export async function readTerms(
  pool: pg.Pool,
  ruleIds: readonly string[],
): Promise<readonly VersionInTerms[]> {
  if (ruleIds.length === 0) return []
  const { rows } = await pool.query<VersionInTerms>(
    `select v.rule_id, v.version, v.rule_json, t.from_at
     from (
       select rule_id, version, min(in_force_from_at) as from_at, min(in_force_from) as from_set
       from rule_terms where rule_id = any ($1::uuid[]) group by rule_id, version
     ) t
     join rule_versions v on v.rule_id = t.rule_id and v.version = t.version
     order by t.rule_id, t.from_set`,
    [ruleIds],
  )
  return rows
}

/** The version of the set as it is now. */
export async function readSetVersion(pool: pg.Pool): Promise<bigint> {
  const { rows } = await pool.query<{ version: bigint }>(
    'select version from rule_set where singleton',
  )
  return rows[0]?.version ?? 0n
}
