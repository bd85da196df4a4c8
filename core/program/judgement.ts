import type { ConditionResult } from '@pineos/contract/rules.ts'
import type { PublishedRule } from '../rules/compiled/rule-set.ts'
import type { CounterIncrement } from '../rules/evaluation/contribution.ts'
import { evaluateCondition } from '../rules/evaluation/evaluate.ts'
import type { Counters, History } from '../rules/evaluation/history.ts'
import { offSchedule } from '../rules/evaluation/schedule.ts'
import { isInShare } from '../rules/evaluation/user-share.ts'
import { isPay, type Limit, type UserShare } from '../rules/language/rule.ts'
import type { Truth } from '../rules/language/truth.ts'
import { liveHistory, metricIncrements } from './contributions.ts'
import { LimitBook } from './limits.ts'
import { type ActiveModifier, modified } from './modifiers.ts'
import { type ActionPlan, planAction } from './plan.ts'
import type { Prospects } from './prospects.ts'
import { stack } from './stacking.ts'

/** What the rules said of one event, and what is to be done. */
export interface Judgement {
  /** Rules that are asked about events of this type, those that the index ruled out included. */
  readonly rulesEvaluated: number
  readonly results: readonly RuleJudgement[]
  /** What the event and its rewards add to the counters. */
  readonly increments: readonly CounterIncrement[]
}

/** Where a rule stands with an event. */
export type Standing =
  /** Its conditions are not met, or it is not known whether they are. */
  | 'not_met'
  | 'unknown'
  /** They are met, but it does not hold now or not for this user. */
  | 'off_schedule'
  | 'not_rolled_out'
  | 'held_out'
  /** They are met, but a guard denies it. */
  | 'denied'
  /** They are met: its actions follow, as far as stacking and limits let them. */
  | 'met'

export interface RuleJudgement {
  readonly ruleId: string
  readonly ruleName: string
  readonly ruleVersion: number
  /** Of its conditions alone. */
  readonly outcome: Truth
  readonly standing: Standing
  /** Why it does not pay although its conditions are met, in a sentence; null where that is not so. */
  readonly reason: string | null
  readonly isShadow: boolean
  readonly conditions: readonly ConditionResult[]
  /** What is to be done: the actions of the rule where it stands as met, else nothing. */
  readonly actions: readonly ActionPlan[]
}

/** What became of a plan that was to be executed. Only what is `paid` counts in limits. */
export type Payment = 'paid' | 'refused' | 'duplicate'

export interface JudgeContext {
  readonly counters: Counters
  /** In the place of what the counters say, for a test case. */
  readonly history?: History
  /** Executes a plan at once, so that the next sees what it has used; without it all are paid. */
  readonly pay?: (plan: ActionPlan, rule: RuleJudgement) => Payment
}

/**
 * Judges an event: what each rule says, why, and what is to be done. Pure and total but for `pay`; the
 * live service, dry runs, simulations and explanations all ask this one function.
 */
export function judge(prospects: Prospects, context: JudgeContext): Judgement {
  const history = context.history ?? liveHistory(prospects, context.counters)
  const drafts = prospects.asked.map((asked) => draftOf(asked, prospects, history))
  const live = drafts.filter(({ published }) => published.rule.mode === 'live')
  const book = settle(live, { prospects, history, context })
  if (live.length < drafts.length) {
    // Beside copies of the live ones, so that these never see what a shadow would have used.
    const beside = drafts.map((draft) =>
      draft.published.rule.mode === 'live' ? draftOf(draft.published, prospects, history) : draft,
    )
    settle(beside, { prospects, history, context: { counters: context.counters } })
  }
  const rewards = live.flatMap(({ published, paid }) =>
    paid.map((plan) => ({ ruleId: published.id, plan })),
  )
  const results = drafts.map(resultOf)
  return {
    rulesEvaluated: prospects.rulesEvaluated,
    results:
      prospects.trace === 'met' ? results.filter(({ outcome }) => outcome === 'true') : results,
    increments: [...metricIncrements(prospects, rewards), ...book.increments],
  }
}

/** A rule on its way through guards, modifiers, stacking and limits. */
interface Draft {
  readonly published: PublishedRule
  readonly outcome: Truth
  readonly conditions: readonly ConditionResult[]
  readonly ruleName: string
  readonly stacking: PublishedRule['rule']['stacking']
  standing: Standing
  reason: string | null
  plans: readonly ActionPlan[]
  readonly paid: ActionPlan[]
}

function draftOf(published: PublishedRule, prospects: Prospects, history: History): Draft {
  const { facts, event } = prospects
  const context = { facts, atMs: event.atMs, history }
  const { outcome, conditions } = evaluateCondition(published.rule.condition, context)
  const { standing, reason } = standingOf(published, outcome, prospects)
  const { name: ruleName, rule } = published
  const { stacking } = rule
  return {
    published,
    outcome,
    conditions,
    ruleName,
    stacking,
    standing,
    reason,
    plans: [],
    paid: [],
  }
}

function standingOf(
  { id, rule }: PublishedRule,
  outcome: Truth,
  { event, owners }: Prospects,
): Pick<Draft, 'standing' | 'reason'> {
  if (outcome === 'false') return { standing: 'not_met', reason: null }
  const off = offSchedule(rule.schedule, event.atMs)
  if (off !== undefined) return { standing: 'off_schedule', reason: off }
  const { rollout, holdOut } = rule
  const isIn = (share: UserShare, user: string) =>
    isInShare(share, share.name === '' ? id : share.name, user)
  const rolledOutTo = rollout && owners[rollout.by]
  if (rollout && (rolledOutTo === null || !isIn(rollout, rolledOutTo)))
    return { standing: 'not_rolled_out', reason: rolledOutText(rollout) }
  // Whom the event does not name has not been shown to be outside the hold-out group.
  const heldOut = holdOut && owners[holdOut.by]
  if (holdOut && (heldOut === null || isIn(holdOut, heldOut)))
    return { standing: 'held_out', reason: `This ${holdOut.by} is held out, to compare with.` }
  return { standing: outcome === 'true' ? 'met' : 'unknown', reason: null }
}

function rolledOutText({ basisPoints, by }: UserShare): string {
  return `The rule is rolled out to ${basisPoints / 100} % of users, not to this ${by}.`
}

interface Settling {
  readonly prospects: Prospects
  readonly history: History
  readonly context: JudgeContext
}

function settle(drafts: readonly Draft[], { prospects, history, context }: Settling): LimitBook {
  deny(drafts)
  // A sort keeps the order of the set among equals.
  const ranked = drafts
    .filter(({ standing }) => standing === 'met')
    .sort((a, b) => b.published.rule.priority - a.published.rule.priority)
  const { facts, event, owners, timezone } = prospects
  const modifiers = ranked.flatMap(modifiersOf)
  for (const draft of ranked) {
    const group = draft.stacking?.group ?? null
    draft.plans = draft.published.rule.actions.flatMap((action, index) => {
      if (!isPay(action)) return []
      const plan = planAction(action, index, { facts, history, atMs: event.atMs })
      return [modified(plan, group, modifiers)]
    })
  }
  stack(ranked)
  const limitContext = { owners, atMs: event.atMs, timezone }
  const book = new LimitBook(context.counters, limitContext, prospects.programLimits)
  for (const draft of ranked) {
    const kept = prospects.keptLimits(draft.published.id)
    execute(draft, book, { pay: context.pay, kept })
  }
  return book
}

/** Guards that are met deny the rules of their group, or all; so do those that deny what is unknown. */
function deny(drafts: readonly Draft[]): void {
  const guards = drafts.flatMap(({ standing, published }) =>
    published.rule.actions.flatMap((action) => {
      if (action.kind !== 'deny') return []
      const denies = standing === 'met' || (standing === 'unknown' && action.deniesUnknown)
      return denies ? [{ ruleName: published.name, action }] : []
    }),
  )
  if (guards.length === 0) return
  for (const draft of drafts) {
    const isGuard = draft.published.rule.actions.some((action) => action.kind === 'deny')
    if (isGuard || draft.standing !== 'met') continue
    const group = draft.stacking?.group ?? null
    const guard = guards.find(({ action }) => action.group === null || action.group === group)
    if (!guard) continue
    draft.standing = 'denied'
    draft.reason = `${guard.ruleName} denies it: ${guard.action.reason}`
  }
}

function modifiersOf({ published }: Draft): readonly ActiveModifier[] {
  return published.rule.actions.flatMap((action) =>
    action.kind === 'multiply' ? [{ ruleName: published.name, action }] : [],
  )
}

function execute(
  draft: Draft,
  book: LimitBook,
  { pay, kept }: { pay: JudgeContext['pay']; kept: readonly Limit[] },
): void {
  const { id, rule } = draft.published
  const limited = { id, limits: rule.limits }
  const isPaying = draft.plans.some(({ problem }) => problem === null)
  const refusal = isPaying ? book.refusalOf(limited) : null
  const settled: ActionPlan[] = []
  for (const plan of draft.plans) {
    const admitted =
      refusal && plan.problem === null ? { ...plan, problem: refusal } : book.admit(plan, limited)
    settled.push(admitted)
    if (admitted.problem !== null) continue
    const payment = pay ? pay(admitted, resultOf(draft)) : 'paid'
    if (payment !== 'paid') continue
    const counted = { id, limits: [...rule.limits, ...kept] }
    book.paid(admitted, counted, draft.paid.length === 0)
    draft.paid.push(admitted)
  }
  draft.plans = settled
}

function resultOf(draft: Draft): RuleJudgement {
  const { published, outcome, standing, reason, conditions, plans } = draft
  return {
    ruleId: published.id,
    ruleName: published.name,
    ruleVersion: published.version,
    outcome,
    standing,
    reason,
    isShadow: published.rule.mode === 'shadow',
    conditions,
    actions: plans,
  }
}
