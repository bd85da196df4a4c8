import { amountDue } from '../evaluation/amount.ts'
import { truthOfCondition } from '../evaluation/evaluate.ts'
import { factsOf } from '../evaluation/event-facts.ts'
import type { History } from '../evaluation/history.ts'
import { offSchedule } from '../evaluation/schedule.ts'
import { readFact } from '../language/facts.ts'
import { kindOf } from '../language/operand.ts'
import { isPay, type Limit, type ParsedRule, type PayAction } from '../language/rule.ts'
import { judgedEventOf } from './scene.ts'
import {
  type Expectation,
  type ExpectedReward,
  historyPointer,
  type LimitUse,
  type TestCase,
} from './test-case.ts'

/** What history says in a test case: what it does not list is unknown. */
export function historyOfCase({ history }: Pick<TestCase, 'history'>): History {
  const values = new Map(history.map(({ pointer, value }) => [pointer, value]))
  return (aggregate) => {
    const value = values.get(historyPointer(aggregate)) ?? null
    return value === null
      ? { kind: 'unknown', reason: 'the test case does not say' }
      : { kind: 'known', value }
  }
}

/** What the rule by itself makes of a case, as far as that can be told from the rule alone. */
export function expectationOf(rule: ParsedRule, testCase: Omit<TestCase, 'expects'>): Expectation {
  const facts = factsOf(judgedEventOf(testCase.event))
  const atMs = Date.parse(testCase.event.occurred_at)
  const history = historyOfCase(testCase)
  const outcome = truthOfCondition(rule.condition, { facts, atMs, history })
  const pays = rule.actions.filter(isPay)
  const isAlone = rule.mode === 'live' && rule.rollout === null && rule.holdOut === null
  if (pays.length === 0 || !isAlone) return { outcome }
  if (outcome !== 'true' || offSchedule(rule.schedule, atMs) !== undefined)
    return { outcome, rewards: [] }
  const due = pays.flatMap((action) => rewardOf(action, { facts, history }))
  const rewards = limited(due, rule, testCase.limits)
  return rewards ? { outcome, rewards } : { outcome }
}

function rewardOf(
  action: PayAction,
  context: { readonly facts: ReturnType<typeof factsOf>; readonly history: History },
): readonly ExpectedReward[] {
  const { id, kind, beneficiary, currency, amount, hold } = action
  const userId = readFact(context.facts, beneficiary)
  const due = amountDue(amount, { ...context, currency })
  // By what it cannot know an event would never confirm the reward.
  if (hold?.kind === 'event' && kindOf(readFact(context.facts, hold.match)) === 0) return []
  if (typeof userId !== 'string' || userId === '' || due.kind === 'unknown' || due.cents <= 0n)
    return []
  return [{ action: id, kind, user_id: userId, amount_cents: Number(due.cents), currency }]
}

/** What the limits leave; undefined where that depends on how several rewards share the room. */
function limited(
  due: readonly ExpectedReward[],
  { limits, actions }: ParsedRule,
  uses: readonly LimitUse[],
): readonly ExpectedReward[] | undefined {
  const used = new Map(uses.map((use) => [use.pointer, use]))
  const [only, another] = due
  if (!only) return []
  if (another === undefined && actions.length === 1) {
    const cents = limits.reduce(
      (left, limit) => roomFor(left, limit, { currency: only.currency, use: used.get(limit.id) }),
      only.amount_cents,
    )
    return cents > 0 ? [{ ...only, amount_cents: cents }] : []
  }
  if (limits.length === 0) return due
  const isSpent = limits.some(
    ({ id, per, maxCount }) =>
      ['pair', 'rule', 'program'].includes(per) &&
      maxCount !== null &&
      (used.get(id)?.count ?? 0) >= maxCount,
  )
  return isSpent ? [] : undefined
}

/** What a limit leaves of an amount, in minor units; 0 for nothing. */
function roomFor(
  cents: number,
  { maxCount, maxAmountCents, whenShort, currency: ofLimit }: Limit,
  { currency, use }: { readonly currency: string; readonly use: LimitUse | undefined },
): number {
  if (maxCount !== null && (use?.count ?? 0) >= maxCount) return 0
  if (maxAmountCents === null || ofLimit !== currency) return cents
  const room = Math.max(0, Number(maxAmountCents) - (use?.amount_cents ?? 0))
  if (cents <= room) return cents
  return whenShort === 'clip' ? room : 0
}
