import type { ConditionResult } from '@pineos/contract/rules.ts'
import { canonicalJson } from '../canonical-json.ts'
import {
  type Expectation,
  type ExpectedReward,
  historyPointer,
  type TestCase,
  type TestEvent,
} from '../rules/cases/test-case.ts'
import { compileRuleSet } from '../rules/compiled/rule-set.ts'
import {
  type CounterRead,
  type Counters,
  type History,
  noTotals,
  type Totals,
} from '../rules/evaluation/history.ts'
import { timeMs } from '../rules/language/instant.ts'
import type { ParsedRule } from '../rules/language/rule.ts'
import type { Truth } from '../rules/language/truth.ts'
import type { JudgedEvent } from './event-facts.ts'
import { judge, type RuleJudgement } from './judgement.ts'
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
 * Runs a test case against a rule as if nothing but it were in force, with the history and the use of
 * limits that the case gives. Pure: nothing is stored or paid. `timezone` is the program's.
 */
export function runTestCase(
  rule: ParsedRule,
  testCase: TestCase,
  { timezone }: { readonly timezone: string },
): TestCaseRun {
  const set = compileRuleSet([{ id: testedId, name: testedId, version: 1, rule }])
  const prospects = prospectsOf(set, judgedEvent(testCase.event), {
    timezone,
    referral: null,
    ruleId: testedId,
    trace: 'all',
  })
  const counters = countersOf(testCase, prospects)
  const { results } = judge(prospects, { counters, history: historyOf(testCase) })
  const [result] = results
  const actual = actualOf(result)
  const isGreen = isExpected(testCase.expects, actual)
  const detail = isGreen
    ? `It came out as expected: ${said(actual)}.`
    : `Expected ${said(testCase.expects)}, got ${said(actual)}.${reasonsOf(result)}`
  return { isGreen, actual, conditions: result?.conditions ?? [], detail }
}

const testedId = 'tested'

function judgedEvent({ type, user_id, occurred_at, data }: TestEvent): JudgedEvent {
  return { type, userId: user_id ?? null, atMs: timeMs(occurred_at), data }
}

/** What the case says of each fact over history; of one that it does not list nothing is known. */
function historyOf({ history }: TestCase): History {
  const values = new Map(history.map(({ pointer, value }) => [pointer, value]))
  return (aggregate) => {
    const value = values.get(historyPointer(aggregate))
    return value === undefined || value === null
      ? { kind: 'unknown', reason: 'the test case does not say' }
      : { kind: 'known', value }
  }
}

/** Counters that stand where the case says that the limits stand. */
function countersOf({ limits }: TestCase, { asked, ...prospects }: Prospects): Counters {
  const { owners, facts, timezone, event } = prospects
  const totals = new Map<string, Totals>()
  for (const published of asked) {
    const actions = payingActions(published, facts)
    for (const limit of published.rule.limits) {
      const use = limits.find(({ pointer }) => pointer === limit.id)
      if (!use) continue
      const context = { owners, atMs: event.atMs, timezone }
      for (const read of limitReads({ id: testedId, limits: [limit] }, actions, context))
        totals.set(keyOf(read), { ...noTotals, count: use.count, sum: BigInt(use.amount_cents) })
    }
  }
  return (read) => totals.get(keyOf(read)) ?? noTotals
}

/** Limits of different windows go by the same counter over other buckets. */
const keyOf = ({ metricId, owner, from, to }: CounterRead) =>
  JSON.stringify([metricId, owner, from, to])

function actualOf(result: RuleJudgement | undefined): TestCaseRun['actual'] {
  // A rule that is not asked about the type pays nothing for it, whatever its conditions say.
  if (!result) return { outcome: 'false', rewards: [] }
  return { outcome: result.outcome, rewards: result.actions.flatMap(rewardOf) }
}

function rewardOf(plan: ActionPlan): ExpectedReward[] {
  if (plan.problem !== null || plan.userId === null) return []
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
    ({ kind, user_id, amount_cents, currency }) =>
      `a ${kind} of ${amount_cents} ${currency} for ${user_id}`,
  )
  return `${outcome} and ${paid.length === 0 ? 'no reward' : paid.join(', ')}`
}

function reasonsOf(result: RuleJudgement | undefined): string {
  if (!result) return ' The rule is not asked about events of this type.'
  const problems = result.actions.flatMap(({ problem }) => (problem ? [problem.detail] : []))
  return [...(result.reason === null ? [] : [result.reason]), ...problems]
    .map((reason) => ` ${reason}`)
    .join('')
}
