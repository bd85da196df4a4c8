import type { Finding } from '@pineos/contract/findings.ts'
import type { ValidationError } from '@pineos/contract/primitives.ts'
import { type ParseOptions, parseRule } from '@pineos/core/rules/language/parse.ts'
import type { ParsedRule } from '@pineos/core/rules/language/rule.ts'
import { Failure } from '../failure.ts'

export type RuleContent = Readonly<Record<string, unknown>>

/** Understands a rule that a request brings. Fails with `rule_invalid`, with a pointer to each fault. */
export function understood(content: RuleContent, language: ParseOptions): ParsedRule {
  const parsed = parseRule(content, language)
  if (parsed.ok) return parsed.rule
  throw invalidRule(parsed.faults, '/body/rule_json')
}

/** The failure that tells of everything that is wrong with a rule, pointers beginning with its place. */
export function invalidRule(faults: readonly ValidationError[], place: string): Failure {
  const errors = faults.map(({ pointer, code, detail }) => ({
    pointer: `${place}${pointer}`,
    code,
    detail,
  }))
  const count = errors.length === 1 ? 'One fault was' : `${errors.length} faults were`
  return new Failure('rule_invalid', `${count} found in the rule.`, { errors })
}

/** The same of errors that the checks have found. */
export function erroneousRule(errors: readonly Finding[], place: string): Failure {
  return invalidRule(
    errors.map(({ pointer, code, message }) => ({ pointer, code, detail: message })),
    place,
  )
}
