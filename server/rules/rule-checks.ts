import type { Finding } from '@pineos/contract/findings.ts'
import type { CheckContext, Neighbour } from '@pineos/core/rules/checks/check-context.ts'
import { checkRule } from '@pineos/core/rules/checks/check-rule.ts'
import type { Finding as CoreFinding } from '@pineos/core/rules/checks/finding.ts'
import { parseRule } from '@pineos/core/rules/language/parse.ts'
import { isPay, type ParsedRule } from '@pineos/core/rules/language/rule.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { readEventSchemas } from './event-schemas.ts'
import type { RuleContent } from './rule-content.ts'
import { createRulesInForce, type RuleInForce } from './rules-in-force.ts'

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

interface RuleChecksOptions {
  readonly clock: Clock
  readonly defaultCurrency: string
  /** Of the program, an IANA name. */
  readonly timezone: string
}

export function createRuleChecks(
  options: Omit<RuleChecksOptions, 'clock'> & { readonly readContext: ReadCheckContext },
): CheckRule {
  const { defaultCurrency, timezone, readContext } = options

  return async (database, { content, ruleId }) => {
    const parsed = parseRule(content, { defaultCurrency, timezone })
    if (!parsed.ok) {
      return parsed.faults.map(({ code, pointer, detail }) => ({
        code,
        severity: 'error' as const,
        message: detail,
        pointer,
      }))
    }
    const context = await readContext(database, { rule: parsed.rule, ruleId })
    return checkRule(parsed.rule, context).map(toWire)
  }
}

/** What a rule is checked against: the facts that are known and the rules in force, without itself. */
export type ReadCheckContext = (
  database: pg.Pool | pg.PoolClient,
  rule: { readonly rule: ParsedRule; readonly ruleId: string | null },
) => Promise<CheckContext>

export function createCheckContexts(options: RuleChecksOptions): ReadCheckContext {
  const { clock, defaultCurrency, timezone } = options
  const readRulesInForce = createRulesInForce({ defaultCurrency, timezone })

  return async (database, { rule, ruleId }) => {
    const inForce = await readRulesInForce(database)
    const others = [...inForce.values()].filter(({ id }) => id !== ruleId)
    const createdAtMs = ruleId === null ? null : await creationOf(database, ruleId)
    return {
      nowMs: clock.now().getTime(),
      timezone,
      schemas: await readEventSchemas(database, rule.on),
      neighbours: others
        .filter((other) => concerns(other.rule, rule))
        .map((other) => neighbourOf(other, { ruleId, createdAtMs })),
      hasProgramLimits: others.some((other) =>
        other.rule.limits.some(({ per }) => per === 'program'),
      ),
    }
  }
}

/** Whether the one may meet an event that the other does, or says something of a group of rules. */
function concerns(other: ParsedRule, { on }: ParsedRule): boolean {
  if (other.on === null || on === null || other.on.some((type) => on.includes(type))) return true
  return other.stacking !== null || !other.actions.every(isPay)
}

/** In milliseconds; null where the rule is not stored. */
async function creationOf(
  database: pg.Pool | pg.PoolClient,
  ruleId: string,
): Promise<number | null> {
  const { rows } = await database.query<{ created_at: Date }>(
    'select created_at from referral_rules where id = $1::uuid',
    [ruleId],
  )
  return rows[0]?.created_at.getTime() ?? null
}

/** Rules go in the order of their creation, and those of one instant in that of their ids. */
function neighbourOf(
  { id, name, rule, createdAtMs: othersMs }: RuleInForce,
  { ruleId, createdAtMs }: { ruleId: string | null; createdAtMs: number | null },
): Neighbour {
  const isOlder =
    createdAtMs === null ||
    othersMs < createdAtMs ||
    (othersMs === createdAtMs && id < (ruleId ?? ''))
  return { id, name, rule, isOlder }
}

function toWire({ code, severity, message, pointer, fix }: CoreFinding): Finding {
  return {
    code,
    severity,
    message,
    pointer,
    ...(fix ? { fix: { label: fix.label, patch: [...fix.patch] } } : {}),
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
