import type { Explanation, LimitUse as WireLimitUse } from '@pineos/contract/explanations.ts'
import type { RuleResult } from '@pineos/contract/rules.ts'
import { liveHistory } from '@pineos/core/program/contributions.ts'
import { judge } from '@pineos/core/program/judgement.ts'
import { type LimitUse, limitReads, limitUses } from '@pineos/core/program/limits.ts'
import { needsOf, type Prospects, payingActions } from '@pineos/core/program/prospects.ts'
import { standingOf, verdictOf } from '@pineos/core/program/verdict.ts'
import type { PublishedRule } from '@pineos/core/rules/compiled/rule-set.ts'
import {
  type CounterRead,
  type Counters,
  counterRead,
  type History,
} from '@pineos/core/rules/evaluation/history.ts'
import { actionResult, ruleResult } from '../journal/rule-result.ts'
import type { HistoryAsOf } from './history-as-of.ts'

/** What an explanation says beside the event and the rule. */
export type Explained = Omit<Explanation, 'event' | 'rule'>

/** What must be known of counters before the rule can be explained. */
export function readsFor(rule: PublishedRule, prospects: Prospects): readonly CounterRead[] {
  return [...needsOf(prospects).reads, ...readsOfLimits(rule, prospects)]
}

export function readsOfLimits(rule: PublishedRule, prospects: Prospects): readonly CounterRead[] {
  return limitReads(limitedRule(rule), payingActions(rule, prospects.facts), momentOf(prospects))
}

const limitedRule = ({ id, rule }: PublishedRule) => ({ id, limits: rule.limits })

function momentOf({ owners, timezone, event }: Prospects) {
  return { owners, timezone, atMs: event.atMs }
}

/** What was decided of the rule, said. */
export function storedExplanation(
  result: RuleResult,
  rule: PublishedRule,
  { prospects, counters }: { prospects: Prospects; counters: Counters },
): Explained {
  const { sentences } = verdictOf(result, { condition: rule.rule.condition })
  return {
    basis: 'stored',
    standing: standingOf(result),
    outcome: result.outcome,
    conditions: result.conditions,
    actions: actionsOf(result),
    limits: usesOf(rule, prospects, counters),
    sentences: [...sentences],
  }
}

/** What the rule says of the event, asked by itself; `isHypothetical` where it was not asked then. */
export function computedExplanation(
  rule: PublishedRule,
  prospects: Prospects,
  { asOf, isHypothetical }: { asOf: HistoryAsOf; isHypothetical: boolean },
): Explained | undefined {
  const { counters } = asOf
  const judgement = judge(prospects, { counters, history: toldHistory(prospects, asOf) })
  const [judged] = judgement.results
  if (!judged) return undefined
  const executed = judged.isShadow ? [] : judged.actions.map((plan) => actionResult(plan, null))
  const result = ruleResult(judged, executed)
  const { condition } = rule.rule
  return {
    basis: 'computed',
    standing: judged.standing,
    outcome: judged.outcome,
    conditions: result.conditions,
    actions: actionsOf(result),
    limits: usesOf(rule, prospects, counters),
    sentences: [...verdictOf(result, { condition, isHypothetical }).sentences],
  }
}

/** History that says why it does not know what it does not know. */
function toldHistory(prospects: Prospects, { counters, unknownReason }: HistoryAsOf): History {
  const history = liveHistory(prospects, counters)
  const isRuledOut = prospects.ruledOut.size > 0
  return (aggregate) => {
    const read = counterRead(aggregate, momentOf(prospects))
    if (isRuledOut || !read || counters(read)) return history(aggregate)
    return { kind: 'unknown', reason: unknownReason }
  }
}

/** Of a shadow what it would have paid. */
function actionsOf({ is_shadow, would_pay = [], actions_executed }: RuleResult) {
  if (is_shadow !== true) return actions_executed
  return would_pay.map((planned) => ({
    success: false,
    entry_id: null,
    is_duplicate: false,
    ...planned,
  }))
}

function usesOf(rule: PublishedRule, prospects: Prospects, counters: Counters): WireLimitUse[] {
  const actions = payingActions(rule, prospects.facts)
  const context = momentOf(prospects)
  return limitUses(limitedRule(rule), actions, { context, counters }).map(useToWire)
}

function useToWire({ node, currency, max, used, detail }: LimitUse): WireLimitUse {
  return { node, currency, max: Number(max), used: used === null ? null : Number(used), detail }
}
