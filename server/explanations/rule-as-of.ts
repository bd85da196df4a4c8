import type { RuleResult } from '@pineos/contract/rules.ts'
import type { Referral } from '@pineos/core/program/prospects.ts'
import type { PublishedRule } from '@pineos/core/rules/compiled/rule-set.ts'
import { type ParseOptions, parseRule } from '@pineos/core/rules/language/parse.ts'
import type { ParsedRule } from '@pineos/core/rules/language/rule.ts'
import type pg from 'pg'
import { readVersionTexts, type VersionText } from '../rules/rule-changes.ts'
import { readRule, readVersion } from '../rules/rule-rows.ts'

export interface RuleAsOf extends PublishedRule {
  /** False where it was not in force, or not for that referral: this is the version that counts now. */
  readonly wasInForce: boolean
}

interface AsOf {
  readonly ruleSetVersion: bigint
  readonly referral: Referral | null
  readonly language: ParseOptions
}

/**
 * The version of a rule that was in force for an event in a set of rules; where none was, the one that
 * counts now. Fails with `rule_not_found`.
 */
export async function ruleAsOf(pool: pg.Pool, ruleId: string, asOf: AsOf): Promise<RuleAsOf> {
  const { id, name, version: current } = await readRule(pool, ruleId)
  const rule = async (version: number, wasInForce: boolean) => {
    const { rule_json } = await readVersion(pool, { ruleId, version })
    return { id, name, version, rule: understood({ rule_json }, asOf.language), wasInForce }
  }
  const terms = await termsUntil(pool, ruleId, asOf.ruleSetVersion)
  const last = terms.at(-1)
  if (!last?.is_in_force) return rule(current, false)
  const newest = await rule(last.version, true)
  if (newest.rule.terms === 'current' || !asOf.referral || asOf.referral.isNew) return newest
  const version = versionAt(terms, asOf.referral.startedAtMs)
  return version === undefined ? { ...newest, wasInForce: false } : rule(version, true)
}

/** The version that a decision was made by. */
export async function decidedRule(
  pool: pg.Pool,
  { rule_id: id, rule_name: name, rule_version: version }: RuleResult,
  language: ParseOptions,
): Promise<RuleAsOf> {
  const { rule_json } = await readVersion(pool, { ruleId: id, version })
  return { id, name, version, rule: understood({ rule_json }, language), wasInForce: true }
}

interface Term {
  readonly version: number
  readonly from_at: Date
  readonly is_in_force: boolean
}

/** The versions that were in force until then, each with when it first was, the last one last. */
async function termsUntil(
  pool: pg.Pool,
  ruleId: string,
  ruleSetVersion: bigint,
): Promise<readonly Term[]> {
  const { rows } = await pool.query<Term>(
    `select version, min(in_force_from_at) as from_at,
       bool_or(in_force_until is null or in_force_until > $2::bigint) as is_in_force
     from rule_terms
     where rule_id = $1::uuid and in_force_from <= $2::bigint
     group by version order by max(in_force_from)`,
    [ruleId, ruleSetVersion.toString()],
  )
  return rows
}

/** A version is for referrals from when it first came into force until the next did. */
function versionAt(terms: readonly Term[], atMs: number): number | undefined {
  const begun = terms.filter(({ from_at }) => from_at.getTime() <= atMs)
  return begun.sort((a, b) => a.from_at.getTime() - b.from_at.getTime()).at(-1)?.version
}

/** What versions of rules say that were decided by, by rule and version. */
export async function readRules(
  pool: pg.Pool,
  versions: readonly { readonly id: string; readonly version: number }[],
  language: ParseOptions,
): Promise<(id: string, version: number) => ParsedRule | undefined> {
  const texts = await readVersionTexts(pool, versions)
  const rules = new Map(
    texts.map((text) => [`${text.rule_id} ${text.version}`, understood(text, language)]),
  )
  return (id, version) => rules.get(`${id} ${version}`)
}

function understood({ rule_json }: Pick<VersionText, 'rule_json'>, language: ParseOptions) {
  const parsed = parseRule(rule_json, language)
  // It was parsed before it was stored.
  if (!parsed.ok)
    throw new Error(`a stored rule cannot be parsed: ${JSON.stringify(parsed.faults)}`)
  return parsed.rule
}
