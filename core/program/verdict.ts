import type { ActionResult, PlannedAction, RuleResult } from '@pineos/contract/rules.ts'
import type { Condition } from '../rules/language/condition.ts'
import { moneyText } from '../rules/wording/money-text.ts'
import type { Standing } from './judgement.ts'
import { reasonsOf } from './reasons.ts'

/** What came of a rule for an event, for people. */
export interface Verdict {
  /** Something was posted for it. */
  readonly isPaid: boolean
  /** `paid: …` or `not paid: …`, and what follows from it, one sentence each. */
  readonly sentences: readonly string[]
}

export interface VerdictOptions {
  /** The condition of the version; null where it cannot be had, and then every condition is told. */
  readonly condition: Condition | null
  /** Nothing of it has happened: it is what the rule would have done. */
  readonly isHypothetical?: boolean
}

/** Where the rule stood: results of before standings were kept tell it by their outcome. */
export function standingOf({ standing, outcome }: RuleResult): Standing {
  return standing ?? standingByOutcome[outcome]
}

const standingByOutcome = { true: 'met', false: 'not_met', unknown: 'unknown' } as const

/** Says why a rule has paid for an event or has not, with the actual values. */
export function verdictOf(result: RuleResult, options: VerdictOptions): Verdict {
  const {
    is_shadow: isShadow = false,
    actions_executed: executed,
    would_pay: planned = [],
  } = result
  const actions: readonly (PlannedAction | ActionResult)[] = isShadow ? planned : executed
  const mood = moodOf(isShadow, options.isHypothetical ?? false)
  const isMet = standingOf(result) === 'met'
  const sentences =
    isMet && actions.length > 0
      ? actions.flatMap((action) => actionSentences(action, mood))
      : whyNot[standingOf(result)](result, options).map((why) => `${mood.notPaid}: ${why}`)
  return { isPaid: actions.some(isPosted), sentences }
}

interface Mood {
  readonly paid: string
  readonly notPaid: string
}

function moodOf(isShadow: boolean, isHypothetical: boolean): Mood {
  const would = { paid: 'would pay', notPaid: 'would not pay' }
  if (isShadow)
    return { paid: `${would.paid} (in shadow)`, notPaid: `${would.notPaid} (in shadow)` }
  return isHypothetical ? would : { paid: 'paid', notPaid: 'not paid' }
}

function isPosted(action: PlannedAction | ActionResult): boolean {
  return 'success' in action && action.success
}

function actionSentences(
  action: PlannedAction | ActionResult,
  { paid, notPaid }: Mood,
): readonly string[] {
  const { problem, action_type, amount_cents, currency, user_id, notes = [] } = action
  if (problem) return [`${notPaid}: ${lowered(problem.detail)}`]
  const isBefore = 'is_duplicate' in action && action.is_duplicate
  const verb = isBefore ? `${paid} before` : paid
  const what = `${action_type} of ${moneyText(amount_cents, currency)}`
  return [`${verb}: ${what} ${toOrFrom[action_type]} ${user_id}.`, ...notes]
}

const toOrFrom = { credit: 'to', debit: 'from' } as const

type WhyNot = (result: RuleResult, options: VerdictOptions) => readonly string[]

const whyNot: Readonly<Record<Standing, WhyNot>> = {
  not_met: conditionsThatDecided,
  unknown: conditionsThatDecided,
  off_schedule: standingReason,
  not_rolled_out: standingReason,
  held_out: standingReason,
  denied: standingReason,
  met: () => ['the rule is met; it pays nothing itself.'],
}

/** Where it was not known either whether its conditions are met, that is a reason too. */
function standingReason(result: RuleResult, options: VerdictOptions): readonly string[] {
  const said = result.reason === undefined ? [] : [lowered(result.reason)]
  return result.outcome === 'unknown' ? [...said, ...conditionsThatDecided(result, options)] : said
}

function conditionsThatDecided(
  { outcome, conditions }: RuleResult,
  { condition }: VerdictOptions,
): readonly string[] {
  const why = outcome === 'unknown' ? 'it is not known whether its conditions are met: ' : ''
  const reasons = condition
    ? reasonsOf(condition, conditions)
    : conditions.map(({ detail }) => detail)
  return reasons.map((reason) => `${why}${reason}`)
}

/** To go on after a colon; a name that begins it keeps its letters. */
function lowered(sentence: string): string {
  return sentence.replace(/^(The|This|Nothing|It|An?)(?= )/, (word) => word.toLowerCase())
}
