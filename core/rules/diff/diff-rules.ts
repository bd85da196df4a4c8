import { type ParseOptions, parseRule } from '../language/parse.ts'
import { describeRule, type Sentence } from '../wording/describe-rule.ts'
import { type Change, diffJson } from './diff-json.ts'

/** What is different between two versions of a rule. */
export interface RuleDiff {
  readonly changes: readonly Change[]
  /** The same as people say it; empty where one of the two cannot be understood. */
  readonly sentences: readonly SentenceChange[]
}

export interface SentenceChange {
  readonly kind: 'added' | 'removed'
  readonly text: string
}

/** The differences between two rules as they are written, in JSON and in sentences. */
export function diffRules(before: unknown, after: unknown, options: ParseOptions): RuleDiff {
  return { changes: diffJson(before, after), sentences: sentenceChanges(before, after, options) }
}

function sentenceChanges(
  before: unknown,
  after: unknown,
  options: ParseOptions,
): readonly SentenceChange[] {
  const [first, second] = [parseRule(before, options), parseRule(after, options)]
  if (!first.ok || !second.ok) return []
  const [old, now] = [describeRule(first.rule), describeRule(second.rule)]
  return [
    ...without(old, now).map((text) => ({ kind: 'removed' as const, text })),
    ...without(now, old).map((text) => ({ kind: 'added' as const, text })),
  ]
}

/** The sentences of the first that the second does not have, each as often as it is missing. */
function without(first: readonly Sentence[], second: readonly Sentence[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { text } of second) counts.set(text, (counts.get(text) ?? 0) + 1)
  return first.flatMap(({ text }) => {
    const left = counts.get(text) ?? 0
    counts.set(text, left - 1)
    return left > 0 ? [] : [text]
  })
}
