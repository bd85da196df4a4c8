import { type ParseOptions, parseRule } from '@pineos/core/rules/language/parse.ts'
import type { ParsedRule } from '@pineos/core/rules/language/rule.ts'
import type pg from 'pg'
import { Pieces } from '../pieces.ts'
import type { RuleContent } from './rule-content.ts'

/** A rule that is in force, understood. */
export interface RuleInForce {
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
  readonly rule: ParsedRule
}

export type ReadRulesInForce = (
  database: pg.Pool | pg.PoolClient,
) => Promise<ReadonlyMap<string, RuleInForce>>

interface ChangedRow {
  readonly set_version: bigint
  readonly id: string | null
  readonly name: string
  readonly status: string
  readonly created_at: Date
  readonly rule_json: RuleContent
}

/** The rules in force, kept and brought up to date by those that have changed since they were asked last. */
export function createRulesInForce(language: ParseOptions): ReadRulesInForce {
  const kept = new Map<string, RuleInForce>()
  const pieces = new Pieces()
  let setVersion = -1n
  let tail: Promise<unknown> = Promise.resolve()

  async function update(database: pg.Pool | pg.PoolClient): Promise<typeof kept> {
    const { rows } = await database.query<ChangedRow>(
      // One statement, so that the changes are those up to the version beside them.
      `select s.version as set_version, r.id, r.name, r.status, r.created_at, v.rule_json
       from rule_set s
       left join (referral_rules r join rule_versions v on v.rule_id = r.id and v.version = r.version)
         on r.set_version > $1::bigint`,
      [setVersion],
    )
    const changed = rows.flatMap((row) => (row.id === null ? [] : [{ ...row, id: row.id }]))
    // At the start of a process there are as many as are in force.
    const parsed = await pieces.map(changed, (row) =>
      row.status === 'published' ? parseRule(row.rule_json, language) : null,
    )
    for (const [index, { id, name, created_at }] of changed.entries()) {
      const parsing = parsed[index]
      kept.delete(id)
      if (parsing?.ok)
        kept.set(id, { id, name, createdAtMs: created_at.getTime(), rule: parsing.rule })
    }
    setVersion = rows[0]?.set_version ?? setVersion
    return kept
  }

  // One after the other: two at once would each read everything, and the older could come last.
  return (database) => {
    const result = tail.then(() => update(database))
    tail = result.catch(() => {})
    return result
  }
}
