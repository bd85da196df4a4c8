import type { StackingMode } from '../rules/language/rule.ts'
import { type ActionPlan, problemOf } from './plan.ts'

/** What a rule that is met would pay, in its stacking group. */
export interface Stacked {
  readonly ruleName: string
  readonly stacking: { readonly group: string; readonly mode: StackingMode } | null
  plans: readonly ActionPlan[]
}

/**
 * Marks what is superseded by other rules of its stacking group. `rules` come in the order of their
 * priority; the mode of a group is that of its first rule.
 */
export function stack(rules: readonly Stacked[]): void {
  const groups = new Map<string, Stacked[]>()
  for (const rule of rules) {
    if (!rule.stacking || !rule.plans.some(isReady)) continue
    const members = groups.get(rule.stacking.group)
    if (members) members.push(rule)
    else groups.set(rule.stacking.group, [rule])
  }
  for (const members of groups.values()) modes[members[0]?.stacking?.mode ?? 'all'](members)
}

const modes: Readonly<Record<StackingMode, (members: readonly Stacked[]) => void>> = {
  all: () => undefined,
  first: ([winner, ...others]) => {
    for (const rule of others) {
      rule.plans = rule.plans.map((plan) => superseded(plan, winner))
    }
  },
  highest: (members) => {
    const winners = new Map<string, { rule: Stacked; plan: ActionPlan }>()
    for (const rule of members) {
      for (const plan of rule.plans.filter(isReady)) {
        const best = winners.get(rewardKey(plan))
        // Of equal amounts the first stays: it is of the rule that goes first.
        if (!best || plan.amountCents > best.plan.amountCents)
          winners.set(rewardKey(plan), { rule, plan })
      }
    }
    for (const rule of members) {
      rule.plans = rule.plans.map((plan) => {
        const winner = winners.get(rewardKey(plan))
        return !winner || winner.plan === plan ? plan : superseded(plan, winner.rule)
      })
    }
  },
}

function isReady({ problem }: ActionPlan): boolean {
  return problem === null
}

/** Amounts of one kind to one user in one currency can be compared. */
function rewardKey({ kind, userId, currency }: ActionPlan): string {
  return `${kind}\0${currency}\0${userId}`
}

function superseded(plan: ActionPlan, winner: Stacked | undefined): ActionPlan {
  if (plan.problem) return plan
  const detail = `${winner?.ruleName ?? 'Another rule'} goes before it in their stacking group.`
  return { ...plan, problem: problemOf('superseded', detail) }
}
