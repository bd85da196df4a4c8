import { userIdCharactersMax } from '@pineos/contract/primitives.ts'
import type { ConditionResult } from '@pineos/contract/rules.ts'
import type { PublishedRule, RuleSet } from '../rules/compiled/rule-set.ts'
import { evaluateRule } from '../rules/evaluation/evaluate.ts'
import { type Facts, readFact } from '../rules/language/facts.ts'
import { isPay, type PayAction } from '../rules/language/rule.ts'
import { isTextWithin } from '../rules/language/text.ts'
import type { Truth } from '../rules/language/truth.ts'

/** What happened, as far as rules can see it. */
export interface JudgedFacts {
  readonly type: string
  readonly userId?: string
  readonly data: Facts
}

export interface JudgeOptions {
  /** Judge by this rule alone. */
  readonly ruleId?: string
  /**
   * For which rules a result is given: `all` that are asked; `candidates`, those that the index could
   * not rule out; `met`, those that are met. What is to be done is the same.
   */
  readonly trace: 'all' | 'candidates' | 'met'
}

export interface Judgement {
  /** Rules that are asked about events of this type, those that the index ruled out included. */
  readonly rulesEvaluated: number
  readonly results: readonly RuleJudgement[]
}

export interface RuleJudgement {
  readonly ruleId: string
  readonly ruleName: string
  readonly ruleVersion: number
  readonly outcome: Truth
  readonly conditions: readonly ConditionResult[]
  /** What is to be done: the actions of the rule where its outcome is true, else nothing. */
  readonly actions: readonly ActionPlan[]
}

/** One action for one event: who gets or pays how much. */
export interface ActionPlan {
  readonly actionIndex: number
  readonly kind: 'credit' | 'debit'
  /** Absent where the event names nobody; `unresolved` then says why. */
  readonly userId?: string
  readonly unresolved?: string
  readonly amountCents: bigint
  readonly currency: string
  readonly rewardId?: string
}

/**
 * Judges an event by a set of rules: what each rule says, why, and what is to be done. Pure and
 * total; the live service, dry runs and explanations all ask this one function.
 */
export function judge(ruleSet: RuleSet, event: JudgedFacts, options: JudgeOptions): Judgement {
  const facts = factsOf(event)
  if (options.ruleId !== undefined) {
    const asked = ruleSet.rules.filter(
      (rule) => rule.id === options.ruleId && isAskedAbout(rule, event.type),
    )
    return { rulesEvaluated: asked.length, results: asked.map((rule) => judgeByRule(rule, facts)) }
  }
  return {
    rulesEvaluated: ruleSet.countFor(event.type),
    results: rulesTraced[options.trace](ruleSet, event.type, facts).map((rule) =>
      judgeByRule(rule, facts),
    ),
  }
}

type RulesTraced = (set: RuleSet, eventType: string, facts: Facts) => readonly PublishedRule[]

const rulesTraced: Readonly<Record<JudgeOptions['trace'], RulesTraced>> = {
  all: ({ rules }, eventType) => rules.filter((rule) => isAskedAbout(rule, eventType)),
  candidates: (set, eventType, facts) => set.candidates(eventType, facts),
  met: (set, eventType, facts) => set.matches(eventType, facts),
}

function isAskedAbout({ rule }: PublishedRule, eventType: string): boolean {
  return rule.on === null || rule.on.includes(eventType)
}

/** The data of the event; what it says itself wins over what the envelope adds. */
function factsOf(event: JudgedFacts): Facts {
  const user = event.userId === undefined ? {} : { user_id: event.userId }
  return { event: { type: event.type, ...user }, ...user, ...event.data }
}

function judgeByRule({ id, name, version, rule }: PublishedRule, facts: Facts): RuleJudgement {
  const { outcome, conditions } = evaluateRule(rule, facts)
  const actions =
    outcome === 'true'
      ? rule.actions.filter(isPay).map((action, index) => plan(action, index, facts))
      : []
  return { ruleId: id, ruleName: name, ruleVersion: version, outcome, conditions, actions }
}

function plan(action: PayAction, actionIndex: number, facts: Facts): ActionPlan {
  const beneficiary = readFact(facts, action.beneficiary)
  const isUser = isTextWithin(beneficiary, userIdCharactersMax)
  return {
    actionIndex,
    kind: action.kind,
    amountCents: action.amount.kind === 'fixed' ? action.amount.cents : 0n,
    currency: action.currency,
    ...(action.rewardId === null ? {} : { rewardId: action.rewardId }),
    ...(isUser ? { userId: beneficiary } : { unresolved: unresolved(action, beneficiary) }),
  }
}

function unresolved({ beneficiary }: PayAction, value: unknown): string {
  if (value === undefined || value === null) return `The event has no ${beneficiary.text}.`
  return `${beneficiary.text} of the event is not a user id: a text of 1 to ${userIdCharactersMax} characters.`
}
