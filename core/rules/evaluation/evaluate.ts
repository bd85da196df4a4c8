import type { ConditionResult } from '@pineos/contract/rules.ts'
import type { Comparison, Condition, GroupMode } from '../language/condition.ts'
import { type Facts, readFact } from '../language/facts.ts'
import { operandOfFact, operators } from '../language/operators.ts'
import { all, any, none, type Truth } from '../language/truth.ts'
import { type Compared, explain, traced } from './explain.ts'
import type { History, HistoryValue } from './history.ts'
import { subjectText } from './subject-text.ts'

/** What a condition is asked about. */
export interface EvaluationContext {
  readonly facts: Facts
  /** When the event occurred, milliseconds since 1970 UTC. */
  readonly atMs: number
  readonly history: History
}

export interface ConditionEvaluation {
  readonly outcome: Truth
  /** Every comparison with what it found, in the order in which it is written. */
  readonly conditions: readonly ConditionResult[]
}

/**
 * Evaluates a condition with a trace of every comparison. Total: it never throws, whatever the facts
 * are, and its work is bounded by the size of the rule.
 */
export function evaluateCondition(
  condition: Condition,
  context: EvaluationContext,
): ConditionEvaluation {
  const conditions: ConditionResult[] = []
  const outcome = evaluate(condition, context, conditions)
  return { outcome, conditions }
}

const combine: Readonly<Record<GroupMode, (truths: readonly Truth[]) => Truth>> = { all, any, none }

/** Whether a condition is true, without a trace. */
export function truthOfCondition(condition: Condition, context: EvaluationContext): Truth {
  return condition.kind === 'group'
    ? combine[condition.mode](condition.nodes.map((node) => truthOfCondition(node, context)))
    : compare(condition, context).outcome
}

function evaluate(
  condition: Condition,
  context: EvaluationContext,
  trace: ConditionResult[],
): Truth {
  if (condition.kind === 'group') {
    return combine[condition.mode](condition.nodes.map((node) => evaluate(node, context, trace)))
  }
  const compared = compare(condition, context)
  trace.push({
    node: condition.id,
    field: subjectText(condition.subject),
    operator: condition.operator,
    expected: condition.expected,
    actual: traced(compared.actual),
    outcome: compared.outcome,
    detail: explain(condition, compared),
  })
  return compared.outcome
}

function compare(comparison: Comparison, context: EvaluationContext): Compared {
  const { subject, operator, operand, reference } = comparison
  const history = subject.kind === 'aggregate' ? context.history(subject.aggregate) : undefined
  const actual = subject.kind === 'fact' ? readFact(context.facts, subject.path) : known(history)
  const { test } = operators[operator]
  if (!reference) {
    return { outcome: test(actual, operand, context.atMs), actual, history, other: undefined }
  }
  const other = readFact(context.facts, reference)
  const found = operandOfFact(operator, other)
  const outcome = found ? test(actual, found, context.atMs) : 'unknown'
  return { outcome, actual, history, other }
}

function known(history: HistoryValue | undefined): number | undefined {
  return history?.kind === 'known' ? history.value : undefined
}
