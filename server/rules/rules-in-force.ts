import { parseRule } from '@pineos/core/rules/language/parse.ts'
import type { ParsedRule } from '@pineos/core/rules/language/rule.ts'
import type pg from 'pg'
import type { RuleContent } from './rule-content.ts'

/** A rule that is in force, understood. */
export interface RuleInForce {
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
  readonly rule: ParsedRule
}

interface ChangedRow {
  readonly set_version: bigint
  readonly id: string | null
  readonly name: string
  readonly status: string
  readonly created_at: Date
  readonly rule_json: RuleContent
}

/** The rules in force, kept and brought up to date by those that have changed since they were asked last. */
export function createRulesInForce({
  defaultCurrency,
}: {
  defaultCurrency: string
}): (database: pg.Pool | pg.PoolClient) => Promise<ReadonlyMap<string, RuleInForce>> {
  const kept = new Map<string, RuleInForce>()
  let setVersion = -1n

  return async (database) => {
    const { rows } = await database.query<ChangedRow>(
      // One statement, so that the changes are those up to the version beside them.
      `select s.version as set_version, r.id, r.name, r.status, r.created_at, v.rule_json
       from rule_set s
       left join (referral_rules r join rule_versions v on v.rule_id = r.id and v.version = r.version)
         on r.set_version > $1::bigint`,
      [setVersion],
    )
    const version = rows[0]?.set_version ?? 0n
    // Another that asked at the same time may have read a newer state.
    if (version < setVersion) return kept
    for (const row of rows) {
      if (row.id === null) continue
      const parsed = parseRule(row.rule_json, { defaultCurrency })
      kept.delete(row.id)
      if (row.status !== 'published' || !parsed.ok) continue
      const { id, name, created_at } = row
      kept.set(id, { id, name, createdAtMs: created_at.getTime(), rule: parsed.rule })
    }
    setVersion = version
    return kept
  }
}
