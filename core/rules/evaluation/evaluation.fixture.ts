import type { Facts } from '../language/facts.ts'
import { parseRule } from '../language/parse.ts'
import type { ParsedRule } from '../language/rule.ts'
import { type ConditionEvaluation, evaluateCondition } from './evaluate.ts'
import type { History } from './history.ts'

/** The time of the events of tests. */
export const eventAtMs = Date.parse('2027-11-24T10:30:00Z')

export const noHistory: History = () => ({ kind: 'unknown', reason: 'the test has no history' })

/** Evaluates the conditions of a rule on facts alone. */
export function evaluateRule(
  rule: ParsedRule,
  facts: Facts,
  { history = noHistory, atMs = eventAtMs }: { history?: History; atMs?: number } = {},
): ConditionEvaluation {
  return evaluateCondition(rule.condition, { facts, atMs, history })
}

/** Parses a rule that must be understood. */
export function parsed(json: object, timezone = 'UTC'): ParsedRule {
  const result = parseRule(json, { defaultCurrency: 'USD', timezone })
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.rule
}
