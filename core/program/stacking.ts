import type { Stacking, StackingMode } from '../rules/language/rule.ts'
import { type ActionPlan, problemOf } from './plan.ts'

/** What a rule that is met would pay, in its stacking group. */
export interface Stacked {
  readonly ruleName: string
  readonly stacking: Stacking | null
  plans: readonly ActionPlan[]
}

/**
 * Marks what is superseded within the stacking groups, each rule by its own mode. `rules` come in the
 * order of their priority.
 */
export function stack(rules: readonly Stacked[]): void {
  const groups = new Map<string, Stacked[]>()
  for (const rule of rules) {
    if (!rule.stacking || !rule.plans.some(isReady)) continue
    const members = groups.get(rule.stacking.group)
    if (members) members.push(rule)
    else groups.set(rule.stacking.group, [rule])
  }
  for (const members of groups.values()) stackGroup(members)
}

/** Who goes before a plan of the rule, undefined where the plan stands. */
type Winner = (rule: Stacked, plan: ActionPlan) => Stacked | undefined

function stackGroup(members: readonly Stacked[]): void {
  const best = bestOf(members)
  const winners: Readonly<Record<StackingMode, Winner>> = {
    all: (rule) => rule,
    first: () => members[0],
    highest: (_rule, plan) => best.get(rewardKey(plan)),
  }
  // What is superseded must not change who the best are, so all is judged before anything is marked.
  const stacked = members.map((rule) =>
    rule.plans.map((plan) => {
      const winner = winners[rule.stacking?.mode ?? 'all'](rule, plan)
      return plan.problem || winner === rule ? plan : superseded(plan, winner)
    }),
  )
  for (const [index, rule] of members.entries()) rule.plans = stacked[index] ?? rule.plans
}

/** By kind, user and currency: the rule that would pay the most; of equals the one that goes first. */
function bestOf(members: readonly Stacked[]): ReadonlyMap<string, Stacked> {
  const best = new Map<string, { rule: Stacked; sum: bigint }>()
  for (const rule of members) {
    const sums = new Map<string, bigint>()
    for (const plan of rule.plans.filter(isReady)) {
      const key = rewardKey(plan)
      sums.set(key, (sums.get(key) ?? 0n) + plan.amountCents)
    }
    for (const [key, sum] of sums) {
      const known = best.get(key)
      if (!known || sum > known.sum) best.set(key, { rule, sum })
    }
  }
  return new Map([...best].map(([key, { rule }]) => [key, rule]))
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
