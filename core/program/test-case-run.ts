import type { ConditionResult } from '@pineos/contract/rules.ts'
import { canonicalJson } from '../canonical-json.ts'
import type { Expectation, ExpectedReward, TestCase } from '../rules/cases/test-case.ts'
import { compileRuleSet } from '../rules/compiled/rule-set.ts'
import type { ParsedRule } from '../rules/language/rule.ts'
import type { Truth } from '../rules/language/truth.ts'
import { type ActionPlan, judge } from './judgement.ts'

/** What a rule made of a test case. */
export interface TestCaseRun {
  /** Whether it came out as the case expects. */
  readonly isGreen: boolean
  readonly actual: { readonly outcome: Truth; readonly rewards: readonly ExpectedReward[] }
  readonly conditions: readonly ConditionResult[]
  /** What came out, beside what was expected where that is something else. */
  readonly detail: string
}

/**
 * Runs a test case against a rule as if nothing but it were in force. Pure: nothing is stored or paid.
 */
export function runTestCase(rule: ParsedRule, { event, expects }: TestCase): TestCaseRun {
  const set = compileRuleSet([{ id: 'tested', name: 'tested', version: 1, rule }])
  const facts = {
    type: event.type,
    data: event.data,
    ...(event.user_id === undefined ? {} : { userId: event.user_id }),
  }
  const [result] = judge(set, facts, { ruleId: 'tested', trace: 'all' }).results
  // A rule that is not asked about the type pays nothing for it, whatever its conditions.
  const outcome = result?.outcome ?? 'false'
  const actual = { outcome, rewards: (result?.actions ?? []).flatMap(rewardOf) }
  const isGreen = isExpected(expects, actual)
  const detail = isGreen ? `${said(actual)}.` : `expected ${said(expects)}, got ${said(actual)}.`
  return { isGreen, actual, conditions: result?.conditions ?? [], detail }
}

function rewardOf(plan: ActionPlan): ExpectedReward[] {
  if (plan.userId === undefined) return []
  return [
    {
      action: `/actions/${plan.actionIndex}`,
      kind: plan.kind,
      user_id: plan.userId,
      amount_cents: Number(plan.amountCents),
      currency: plan.currency,
    },
  ]
}

function isExpected({ outcome, rewards }: Expectation, actual: TestCaseRun['actual']): boolean {
  if (outcome !== actual.outcome) return false
  return rewards === undefined || canonicalJson(rewards) === canonicalJson(actual.rewards)
}

function said({ outcome, rewards }: Expectation): string {
  if (rewards === undefined) return outcome
  const paid = rewards.map(
    ({ kind, user_id, amount_cents, currency }) => `${kind} ${amount_cents} ${currency} ${user_id}`,
  )
  return `${outcome} and ${paid.length === 0 ? 'no reward' : paid.join(', ')}`
}
