import type { ConditionResult } from '@pineos/contract/rules.ts'
import type { Comparison, Condition, GroupMode } from '../language/condition.ts'
import { type Facts, readFact } from '../language/facts.ts'
import { operators } from '../language/operators.ts'
import type { ParsedRule } from '../language/rule.ts'
import { all, any, none, type Truth } from '../language/truth.ts'
import { explain, traced } from './explain.ts'

export interface RuleEvaluation {
  readonly outcome: Truth
  /** Every comparison of the rule with what it found, in the order in which it is written. */
  readonly conditions: readonly ConditionResult[]
}

/**
 * Evaluates a rule against the facts with a trace of every comparison. Total: it never throws,
 * whatever the facts are, and its work is bounded by the size of the rule.
 */
export function evaluateRule(rule: ParsedRule, facts: Facts): RuleEvaluation {
  const conditions: ConditionResult[] = []
  const outcome = evaluate(rule.condition, facts, conditions)
  return { outcome, conditions }
}

const combine: Readonly<Record<GroupMode, (truths: readonly Truth[]) => Truth>> = { all, any, none }

function evaluate(condition: Condition, facts: Facts, trace: ConditionResult[]): Truth {
  if (condition.kind === 'group') {
    return combine[condition.mode](condition.nodes.map((node) => evaluate(node, facts, trace)))
  }
  const result = compare(condition, facts)
  trace.push(result)
  return result.outcome
}

function compare(comparison: Comparison, facts: Facts): ConditionResult {
  const { subject } = comparison
  const actual = subject.kind === 'fact' ? readFact(facts, subject.path) : undefined
  const outcome = operators[comparison.operator].test(actual, comparison.operand, Number.NaN)
  return {
    node: comparison.id,
    field: subject.kind === 'fact' ? subject.path.text : subject.aggregate.metric.id,
    operator: comparison.operator,
    expected: comparison.expected,
    actual: traced(actual),
    outcome,
    detail: explain(comparison, actual, outcome),
  }
}
