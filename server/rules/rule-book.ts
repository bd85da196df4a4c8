import { judge } from '@pineos/core/program/judgement.ts'
import {
  compileRuleSet,
  type PublishedRule,
  type RuleSet,
} from '@pineos/core/rules/compiled/rule-set.ts'
import { parseRule } from '@pineos/core/rules/language/parse.ts'
import type pg from 'pg'
import type { RuleBook, RuleBookEdition } from '../journal/batch.ts'

/** Up to this many rules a decision lists every rule; beyond it, those that are met. */
const rulesTracedMax = 20

export interface RuleLibrary extends RuleBook {
  /** The rules as of now, for questions outside the journal. */
  latest(): Promise<RuleBookEdition>
}

/**
 * The published rules, compiled once per version of the set. The journal asks for the version that
 * it has read in the database, so a newly published rule is in force everywhere with the next event.
 */
export function createRuleBook(options: { pool: pg.Pool; defaultCurrency: string }): RuleLibrary {
  let current: RuleBookEdition | undefined

  return {
    async edition(version) {
      if (current?.version !== version) current = await loadEdition(options)
      return current
    },
    async latest() {
      const { rows } = await options.pool.query<{ version: bigint }>(
        'select version from rule_set where singleton',
      )
      return this.edition(rows[0]?.version ?? 0n)
    },
  }
}

interface PublishedRow {
  readonly set_version: bigint
  readonly id: string | null
  readonly name: string
  readonly version: number
  readonly rule_json: Readonly<Record<string, unknown>>
}

async function loadEdition(options: {
  pool: pg.Pool
  defaultCurrency: string
}): Promise<RuleBookEdition> {
  const { rows } = await options.pool.query<PublishedRow>(
    // One statement, so that the rules are those of the version beside them.
    `select s.version as set_version, r.id, r.name, r.version, v.rule_json
     from rule_set s
     left join (referral_rules r join rule_versions v on v.rule_id = r.id and v.version = r.version)
       on r.status = 'published'
     order by r.created_at, r.id`,
  )
  const version = rows[0]?.set_version
  if (version === undefined) throw new Error('the row of the rule set is missing')
  const ruleSet = compileRuleSet(rows.flatMap((row) => publishedRule(row, options.defaultCurrency)))
  return editionOf(version, ruleSet)
}

function editionOf(version: bigint, ruleSet: RuleSet): RuleBookEdition {
  const trace = ruleSet.rules.length <= rulesTracedMax ? 'all' : 'met'
  return {
    version,
    judge(event, ruleId) {
      if (ruleId !== null && !ruleSet.rules.some((rule) => rule.id === ruleId)) return null
      return judge(
        ruleSet,
        {
          type: event.type,
          data: event.data,
          ...(event.userId === null ? {} : { userId: event.userId }),
        },
        { trace, ...(ruleId === null ? {} : { ruleId }) },
      )
    },
  }
}

function publishedRule(row: PublishedRow, defaultCurrency: string): PublishedRule[] {
  if (row.id === null) return []
  const parsed = parseRule(row.rule_json, { defaultCurrency })
  // It was parsed before it was stored, and a version never changes.
  if (!parsed.ok)
    throw new Error(
      `the published rule ${row.id} cannot be parsed: ${JSON.stringify(parsed.faults)}`,
    )
  return [{ id: row.id, name: row.name, version: row.version, rule: parsed.rule }]
}
