import type { PublishedRule } from '@pineos/core/rules/compiled/rule-set.ts'
import { type ParseOptions, parseRule } from '@pineos/core/rules/language/parse.ts'
import type { ParsedRule } from '@pineos/core/rules/language/rule.ts'
import type pg from 'pg'
import { inSlices } from '../slices.ts'
import {
  type ChangedRule,
  readTerms,
  readVersionTexts,
  type VersionInTerms,
  type VersionText,
} from './rule-changes.ts'

interface LoadOptions extends ParseOptions {
  readonly pool: pg.Pool
}

/**
 * The versions that are in force of these rules, in the order of the rules: one of each, and of a rule
 * that keeps the terms of when a referral began every version with the time that it is for.
 */
export async function loadRules(
  { pool, ...language }: LoadOptions,
  changed: readonly ChangedRule[],
): Promise<readonly PublishedRule[]> {
  const inForce = changed.flatMap(({ version, ...rule }) =>
    version === null ? [] : [{ ...rule, version }],
  )
  const texts = await readVersionTexts(pool, inForce)
  const parsed = new Map(
    await inSlices(texts, (text) => [text.rule_id, understood(text, language)] as const),
  )
  const keeping = inForce.filter(({ id }) => parsed.get(id)?.terms === 'at_referral')
  const terms = await readTerms(
    pool,
    keeping.map(({ id }) => id),
  )
  const earlier = await inSlices(terms, (term) => ({
    ...term,
    rule: understood(term, language),
  }))
  return inForce.flatMap(({ id, name, version }) => {
    const rule = parsed.get(id)
    if (!rule) throw new Error(`version ${version} of the rule ${id} is missing`)
    if (rule.terms === 'current') return [{ id, name, version, rule }]
    return withTerms(
      earlier.filter((term) => term.rule_id === id),
      { version, name },
    )
  })
}

/** A version is for referrals from when it came into force until the next did; a pause ends no terms. */
function withTerms(
  versions: readonly (VersionInTerms & { readonly rule: ParsedRule })[],
  current: { readonly version: number; readonly name: string },
): readonly PublishedRule[] {
  return versions.map(({ rule_id: id, version, rule, from_at }, index) => {
    const next = version === current.version ? undefined : versions[index + 1]
    const untilMs = next?.from_at.getTime() ?? Number.POSITIVE_INFINITY
    return { id, name: current.name, version, rule, terms: { fromMs: from_at.getTime(), untilMs } }
  })
}

function understood({ rule_id, rule_json }: VersionText, language: ParseOptions): ParsedRule {
  const parsed = parseRule(rule_json, language)
  // It was parsed before it was stored, and a version never changes.
  if (parsed.ok) return parsed.rule
  throw new Error(
    `the published rule ${rule_id} cannot be parsed: ${JSON.stringify(parsed.faults)}`,
  )
}
