import type pg from 'pg'
import type { MetricDefinition } from './metric-definition.ts'

/** A version of a rule that is in force. */
export interface RuleInForce {
  readonly id: string
  readonly name: string
  readonly version: number
}

export interface RuleText extends RuleInForce {
  readonly rule_json: Readonly<Record<string, unknown>>
}

/** What a set of rules that knows one version must be told to be as of a later one. */
export interface RuleChanges {
  readonly version: bigint
  /** Everything in force, in the order of age. */
  readonly inForce: readonly RuleInForce[]
  readonly metrics: readonly { readonly number: number; readonly definition: MetricDefinition }[]
  readonly holdPaths: readonly { readonly event_type: string; readonly match_path: string }[]
}

interface InForceRow {
  readonly set_version: bigint
  readonly id: string | null
  readonly name: string
  readonly version: number
}

/** Reads what has changed since the version; what is counted never ceases to be. */
export async function readRuleChanges(pool: pg.Pool, since: bigint): Promise<RuleChanges> {
  // One statement, so that the rules are those of the version beside them. What is counted is read after
  // it: more of it does no harm, as a decision by a version that has passed is not saved.
  const { rows } = await pool.query<InForceRow>(
    `select s.version as set_version, r.id, r.name, r.version
     from rule_set s
     left join referral_rules r on r.status = 'published'
     order by r.created_at, r.id`,
  )
  const version = rows[0]?.set_version
  if (version === undefined) throw new Error('the row of the rule set is missing')
  const [metrics, paths] = await Promise.all([
    pool.query<RuleChanges['metrics'][number]>(
      'select number, definition from rule_metrics where from_set_version > $1::bigint',
      [since.toString()],
    ),
    pool.query<RuleChanges['holdPaths'][number]>(
      'select event_type, match_path from event_hold_paths where from_set_version > $1::bigint',
      [since.toString()],
    ),
  ])
  const inForce = rows.flatMap(({ id, ...row }) => (id === null ? [] : [{ ...row, id }]))
  return { version, inForce, metrics: metrics.rows, holdPaths: paths.rows }
}

/** What these versions of rules say, in the order of age. */
export async function readRuleTexts(
  pool: pg.Pool,
  rules: readonly RuleInForce[],
): Promise<readonly RuleText[]> {
  if (rules.length === 0) return []
  const { rows } = await pool.query<{ rule_json: RuleText['rule_json']; place: bigint }>(
    `select v.rule_json, wanted.place
     from unnest($1::uuid[], $2::integer[]) with ordinality as wanted (rule_id, version, place)
     join rule_versions v on v.rule_id = wanted.rule_id and v.version = wanted.version
     order by wanted.place`,
    [rules.map(({ id }) => id), rules.map(({ version }) => version)],
  )
  return rows.flatMap(({ rule_json, place }) => {
    const rule = rules[Number(place) - 1]
    return rule ? [{ ...rule, rule_json }] : []
  })
}

/** The version of the set as it is now. */
export async function readSetVersion(pool: pg.Pool): Promise<bigint> {
  const { rows } = await pool.query<{ version: bigint }>(
    'select version from rule_set where singleton',
  )
  return rows[0]?.version ?? 0n
}
