import type { ParsedRule } from '../language/rule.ts'
import { checkAmounts } from './check-amounts.ts'
import { checkConditions } from './check-conditions.ts'
import type { CheckContext } from './check-context.ts'
import { checkFacts } from './check-facts.ts'
import { checkLimits } from './check-limits.ts'
import { checkNeighbours } from './check-neighbours.ts'
import { checkPlace } from './check-place.ts'
import { checkSchedule } from './check-schedule.ts'
import type { Finding } from './finding.ts'

type Check = (rule: ParsedRule, context: CheckContext) => readonly Finding[]

const checks: readonly Check[] = [
  checkFacts,
  checkConditions,
  checkAmounts,
  checkLimits,
  checkSchedule,
  checkPlace,
  checkNeighbours,
]

/** Findings that are listed of one rule; who has mended these sees the others. */
export const findingsMax = 100

/**
 * What is wrong with a rule that can be understood, errors first and else always in the same order. Pure
 * and total; an error says that the rule cannot do what it is for, a warning that it may not be meant.
 */
export function checkRule(rule: ParsedRule, context: CheckContext): readonly Finding[] {
  const found = checks.flatMap((check) => check(rule, context))
  const errors = found.filter(({ severity }) => severity === 'error')
  const warnings = found.filter(({ severity }) => severity === 'warning')
  return [...errors, ...warnings].slice(0, findingsMax)
}
