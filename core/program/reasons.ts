import type { ConditionResult } from '@pineos/contract/rules.ts'
import { countedText } from '../rules/evaluation/subject-text.ts'
import type { Comparison, Condition, Group, GroupMode } from '../rules/language/condition.ts'
import { all, any, none, type Truth } from '../rules/language/truth.ts'

/**
 * Why a condition came to what it did, one sentence each: of a group only what has decided it, so that
 * nothing is called a reason that would have changed nothing by itself being otherwise met.
 */
export function reasonsOf(
  condition: Condition,
  results: readonly ConditionResult[],
): readonly string[] {
  const trace = new Map(results.map((result) => [result.node, result]))
  return reasons(condition, trace).map(sentence)
}

/** The nodes of the comparisons that have decided, in the order in which they are written. */
export function decidingNodes(
  condition: Condition,
  results: readonly ConditionResult[],
): readonly string[] {
  return reasons(condition, new Map(results.map((result) => [result.node, result]))).flatMap(
    nodesOf,
  )
}

function nodesOf(reason: Reason): readonly string[] {
  return reason.kind === 'one' ? [reason.node] : reason.reasons.flatMap(nodesOf)
}

type Trace = ReadonlyMap<string, ConditionResult>

/** One thing that has decided, or several of which none was enough. */
type Reason =
  | { readonly kind: 'one'; readonly node: string; readonly text: string }
  | { readonly kind: 'alternatives'; readonly reasons: readonly Reason[] }

const combine: Readonly<Record<GroupMode, (truths: readonly Truth[]) => Truth>> = { all, any, none }

function truthIn(condition: Condition, trace: Trace): Truth {
  return condition.kind === 'comparison'
    ? (trace.get(condition.id)?.outcome ?? 'unknown')
    : combine[condition.mode](condition.nodes.map((node) => truthIn(node, trace)))
}

/** Which members have decided, by what they and the group came to. Null: all of them together. */
const deciding: Readonly<Record<GroupMode, Readonly<Record<Truth, Truth | null>>>> = {
  all: { true: null, false: 'false', unknown: 'unknown' },
  any: { true: 'true', false: null, unknown: 'unknown' },
  none: { true: null, false: 'true', unknown: 'unknown' },
}

function reasons(condition: Condition, trace: Trace): readonly Reason[] {
  if (condition.kind === 'comparison')
    return [{ kind: 'one', node: condition.id, text: textOf(condition, trace) }]
  const truth = truthIn(condition, trace)
  const decisive = deciding[condition.mode][truth]
  const members = condition.nodes.filter(
    (node) => decisive === null || truthIn(node, trace) === decisive,
  )
  const found = members.flatMap((node) => reasons(node, trace))
  return areAlternatives(condition, truth) && found.length > 1
    ? [{ kind: 'alternatives', reasons: found }]
    : found
}

/** Any one of them would have been enough. */
function areAlternatives({ mode }: Group, truth: Truth): boolean {
  return mode === 'any' && truth !== 'true'
}

function textOf(comparison: Comparison, trace: Trace): string {
  const result = trace.get(comparison.id)
  if (!result) return `what ${comparison.id} came to was not kept.`
  if (result.outcome === 'true') return `excluded: ${bare(result.detail)}`
  return missingCount(comparison, result) ?? bare(result.detail)
}

/** How many there are of how many that there must be; undefined where it is no such comparison. */
function missingCount(
  { subject, operator, expected }: Comparison,
  { actual, outcome }: ConditionResult,
): string | undefined {
  if (subject.kind !== 'aggregate' || subject.aggregate.metric.function !== 'count')
    return undefined
  if (outcome !== 'false' || typeof actual !== 'number' || typeof expected !== 'number')
    return undefined
  if (operator !== '>=' && operator !== '>') return undefined
  const wanted = operator === '>' ? Math.floor(expected) + 1 : Math.ceil(expected)
  return `${actual} of ${wanted} ${countedText(subject.aggregate)}.`
}

/** Without what it came to, which the sentence around it says. */
function bare(detail: string): string {
  return detail.replace(/^(not met|met|unknown): /, '')
}

function sentence(reason: Reason): string {
  if (reason.kind === 'one') return reason.text
  const texts = reason.reasons.map((one) => sentence(one).replace(/\.$/, ''))
  return `none of ${texts.length} alternatives is met: ${texts.join('; or ')}.`
}
