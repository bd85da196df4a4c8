import type { Finding } from '@pineos/contract/findings.ts'
import { parseRule } from '@pineos/core/rules/language/parse.ts'
import type pg from 'pg'
import type { RuleContent } from './rule-content.ts'

/** A rule to look at, as it is or would be stored. */
export interface CheckedRule {
  readonly content: RuleContent
  /** Null for one that is not stored. */
  readonly ruleId: string | null
}

/** What the checks say of a rule beside the rules that are in force; faults of the language are errors. */
export type CheckRule = (
  database: pg.Pool | pg.PoolClient,
  rule: CheckedRule,
) => Promise<readonly Finding[]>

export function createRuleChecks({ defaultCurrency }: { defaultCurrency: string }): CheckRule {
  return async (_database, { content }) => {
    const parsed = parseRule(content, { defaultCurrency })
    if (parsed.ok) return []
    return parsed.faults.map((fault) => ({ ...fault, severity: 'error' as const }))
  }
}

export const errorsOf = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ severity }) => severity === 'error')

/** The warnings whose codes nobody has acknowledged. */
export function unacknowledged(
  findings: readonly Finding[],
  acknowledged: readonly string[],
): readonly Finding[] {
  return findings.filter(
    ({ severity, code }) => severity === 'warning' && !acknowledged.includes(code),
  )
}
