import { type CheckContext, factDomains } from '../checks/check-context.ts'
import { type Comparison, comparisonsOf } from '../language/condition.ts'
import { operators } from '../language/operators.ts'
import type { ParsedRule } from '../language/rule.ts'
import { shorten } from '../language/text.ts'
import { subjectName } from '../wording/condition-text.ts'
import { amountEdges } from './amount-edges.ts'
import { edgesOf, type Given, relativesOf } from './candidates.ts'
import { expectationOf } from './expectation.ts'
import { limitEdges } from './limit-edges.ts'
import { eventOf, type Scene, type Variation, withFact, withHistory } from './scene.ts'
import { scheduleEdges } from './schedule-edges.ts'
import { historyList, solve } from './solve.ts'
import { historyPointer, type TestCase } from './test-case.ts'

/** A rule has at most so many cases; what comes first in it has them first. */
export const casesMax = 200
const nameCodeUnitsMax = 200

export interface BoundaryCases {
  readonly cases: readonly TestCase[]
  /** What no event was found for that would try it, with the pointer of the condition; '' is the rule. */
  readonly untried: readonly { readonly pointer: string; readonly detail: string }[]
}

/**
 * Test cases from the rule itself: just inside and just outside of each comparison, of the schedule, of
 * tiers, caps and limits, and one without each fact. What they expect is what the rule makes of them
 * today, so that a later change of the rule shows in them. Pure and total; the work is bounded.
 */
export function boundaryCases(rule: ParsedRule, context: CheckContext): BoundaryCases {
  const facts = factDomains(rule, context)
  const solving = { rule, facts, nowMs: context.nowMs }
  const base = solve(solving)
  if (!base) {
    const detail = 'No event was found that meets the rule.'
    return { cases: [], untried: [{ pointer: '', detail }] }
  }
  const untried: { pointer: string; detail: string }[] = []
  const found = new Map<string, TestCase>()
  const add = (variations: readonly Variation[]) => {
    for (const variation of variations) {
      const testCase = caseOf(rule, variation)
      if (testCase && found.size < casesMax && !found.has(testCase.name))
        found.set(testCase.name, testCase)
    }
  }
  add([{ name: 'everything as the rule wants it', scene: base, limits: [] }])
  for (const comparison of comparisonsOf(rule.condition)) {
    if (found.size >= casesMax) break
    const through = solve(solving, comparison)
    if (through) add(comparisonEdges(comparison, through))
    else untried.push({ pointer: comparison.id, detail: 'No event was found that depends on it.' })
  }
  add(scheduleEdges(rule, base))
  add(amountEdges(rule, base))
  add(limitEdges(rule, base))
  return { cases: [...found.values()], untried }
}

function caseOf(rule: ParsedRule, { name, scene, limits }: Variation): TestCase | undefined {
  const event = eventOf(scene)
  if (!event) return undefined
  const history = historyList(scene)
  const draft = { name: shorten(name, nameCodeUnitsMax), event, history, limits }
  return { ...draft, expects: expectationOf(rule, draft) }
}

/** The values around what a comparison separates, and no value at all. */
function comparisonEdges(comparison: Comparison, base: Scene): readonly Variation[] {
  const { subject, reference, operator, operand } = comparison
  const name = subjectName(subject)
  if (subject.kind === 'aggregate') {
    const pointer = historyPointer(subject.aggregate)
    const values = edgesOf(comparison, base.atMs).filter((each) => Number.isSafeInteger(each))
    return [...values.map(Number), null].map((value) => ({
      name: `${name}: ${value === null ? 'not known' : value}`,
      scene: withHistory(base, pointer, value),
      limits: [],
    }))
  }
  const path = subject.path.text
  const values = reference
    ? relativesOf(base.facts.get(reference.text))
    : edgesOf(comparison, base.atMs)
  const test = operators[operator].test
  return [
    ...values.map((value) => ({
      name: reference
        ? `${name}: ${said(value)}, beside ${reference.text}`
        : `${name}: ${said(value)}, ${sideTexts[test(value, operand, base.atMs)]}`,
      scene: withFact(base, path, value),
      limits: [],
    })),
    { name: `${name}: not given`, scene: withFact(base, path, undefined), limits: [] },
  ]
}

const sideTexts = { true: 'inside', false: 'outside', unknown: 'not comparable' } as const

function said(value: Given): string {
  return value === undefined ? 'not given' : JSON.stringify(value)
}
