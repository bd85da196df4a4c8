import type { ConditionResult } from '@pineos/contract/rules.ts'
import { canonicalJson } from '../canonical-json.ts'
import { historyOfCase } from '../rules/cases/expectation.ts'
import { judgedEventOf } from '../rules/cases/scene.ts'
import type { Expectation, ExpectedReward, LimitUse, TestCase } from '../rules/cases/test-case.ts'
import { compileRuleSet } from '../rules/compiled/rule-set.ts'
import { type CounterRead, type Counters, noTotals } from '../rules/evaluation/history.ts'
import type { ParsedRule } from '../rules/language/rule.ts'
import type { Truth } from '../rules/language/truth.ts'
import { judge } from './judgement.ts'
import { limitReads } from './limits.ts'
import type { ActionPlan } from './plan.ts'
import { type Prospects, payingActions, prospectsOf } from './prospects.ts'

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
 * Runs a test case against a rule as if nothing but it were in force, with history and the use of limits
 * as the case says. Pure: nothing is stored or paid. `timezone` is that of the program.
 */
export function runTestCase(rule: ParsedRule, testCase: TestCase, timezone = 'UTC'): TestCaseRun {
  const { event, expects } = testCase
  const set = compileRuleSet([{ id: tested, name: tested, version: 1, rule }])
  const judged = judgedEventOf(event)
  const prospects = prospectsOf(set, judged, { timezone, referral: null, trace: 'all' })
  const [result] = judge(prospects, {
    counters: countersOf(testCase, prospects),
    history: historyOfCase(testCase),
  }).results
  // A rule that is not asked about the type pays nothing for it, whatever its conditions.
  const outcome = result?.outcome ?? 'false'
  const actual = { outcome, rewards: (result?.actions ?? []).flatMap(rewardOf) }
  const isGreen = isExpected(expects, actual)
  const detail = isGreen ? `${said(actual)}.` : `expected ${said(expects)}, got ${said(actual)}.`
  return { isGreen, actual, conditions: result?.conditions ?? [], detail }
}

const tested = 'tested'

/** Counters that come to what the limits have used; two limits on one counter differ by what they read. */
function countersOf({ limits }: TestCase, { asked, ...prospects }: Prospects): Counters {
  const uses = new Map<string, LimitUse>()
  for (const published of asked) {
    const actions = payingActions(published, prospects.facts)
    for (const limit of published.rule.limits) {
      const use = limits.find(({ pointer }) => pointer === limit.id)
      if (!use) continue
      const context = { ...prospects, atMs: prospects.event.atMs }
      for (const read of limitReads({ id: tested, limits: [limit] }, actions, context))
        uses.set(readKey(read), use)
    }
  }
  return (read) => {
    const use = uses.get(readKey(read))
    return use ? { ...noTotals, count: use.count, sum: BigInt(use.amount_cents) } : noTotals
  }
}

function readKey({ metricId, owner, from, to }: CounterRead): string {
  return JSON.stringify([metricId, owner, from, to])
}

function rewardOf(plan: ActionPlan): ExpectedReward[] {
  if (plan.userId === null || plan.problem !== null) return []
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
