import { userIdCharactersMax } from '@pineos/contract/primitives.ts'
import { type AmountContext, amountDue } from '../rules/evaluation/amount.ts'
import { addDuration } from '../rules/evaluation/bucket.ts'
import { userIdOf } from '../rules/evaluation/event-facts.ts'
import { readFact } from '../rules/language/facts.ts'
import { kindOf } from '../rules/language/operand.ts'
import type { Hold, PayAction } from '../rules/language/rule.ts'

/** Why an action is not executed. */
export const planProblems = [
  'beneficiary_missing',
  'amount_unknown',
  'nothing_due',
  'hold_unknown',
  'limit_reached',
  'superseded',
] as const
export type PlanProblemCode = (typeof planProblems)[number]

export interface PlanProblem {
  readonly code: PlanProblemCode
  readonly detail: string
}

/** One action for one event: who gets or pays how much. */
export interface ActionPlan {
  readonly actionIndex: number
  readonly kind: 'credit' | 'debit'
  /** Null where the event names nobody; `problem` then says so. */
  readonly userId: string | null
  /** Minor units of the currency; 0 where it is not known. */
  readonly amountCents: bigint
  readonly currency: string
  readonly rewardId: string | null
  /** Null where the action can be executed. */
  readonly problem: PlanProblem | null
  /** What has changed the amount on its way: modifiers and limits, in sentences. */
  readonly notes: readonly string[]
  readonly hold: PlannedHold
  /** When what is left of the credit expires or lapses, milliseconds since 1970 UTC; null for never. */
  readonly expiresAtMs: number | null
}

/** Until when the credit is pending. */
export type PlannedHold =
  | { readonly kind: 'none' }
  | { readonly kind: 'time'; readonly availableAtMs: number }
  /** Confirmed by an event of this type that shares the value at the path. */
  | { readonly kind: 'event'; readonly type: string; readonly path: string; readonly value: string }

export interface PlanContext extends Omit<AmountContext, 'currency'> {
  readonly atMs: number
}

/** What the action comes to for the event, before modifiers, stacking and limits. */
export function planAction(
  action: PayAction,
  actionIndex: number,
  context: PlanContext,
): ActionPlan {
  const { beneficiary, currency, rewardId, kind } = action
  const named = readFact(context.facts, beneficiary)
  const userId = userIdOf(named)
  const due = amountDue(action.amount, { ...context, currency })
  const hold = plannedHold(action.hold, context)
  const problem =
    (userId === null ? nobody(action, named) : null) ??
    (due.kind === 'unknown' ? problemOf('amount_unknown', due.reason) : null) ??
    (due.kind === 'due' && due.cents <= 0n ? problemOf('nothing_due', nothingDue) : null) ??
    (typeof hold === 'string' ? problemOf('hold_unknown', hold) : null)
  return {
    actionIndex,
    kind,
    userId,
    amountCents: due.kind === 'due' ? due.cents : 0n,
    currency,
    rewardId,
    problem,
    notes: [],
    hold: typeof hold === 'string' ? { kind: 'none' } : hold,
    expiresAtMs: expiryOf(action, context.atMs),
  }
}

const nothingDue = 'Nothing is due for this event.'

export function problemOf(code: PlanProblemCode, detail: string): PlanProblem {
  return { code, detail }
}

function nobody({ beneficiary }: PayAction, value: unknown): PlanProblem {
  const detail =
    value === undefined || value === null
      ? `The event has no ${beneficiary.text}.`
      : `${beneficiary.text} of the event is not a user id: a text of 1 to ${userIdCharactersMax} characters.`
  return problemOf('beneficiary_missing', detail)
}

/** The hold, or why it cannot be told, in a sentence. */
function plannedHold(hold: Hold | null, { facts, atMs }: PlanContext): PlannedHold | string {
  if (!hold) return { kind: 'none' }
  if (hold.kind === 'time') return { kind: 'time', availableAtMs: addDuration(atMs, hold.duration) }
  const value = readFact(facts, hold.match)
  const shared = heldValue(value)
  if (shared === null)
    return `The event has no ${hold.match.text} of 1 to ${userIdCharactersMax} characters, by which ${hold.type} would confirm the reward.`
  return { kind: 'event', type: hold.type, path: hold.match.text, value: shared }
}

/** What two events share where one confirms what the other has paid; null where it is no short scalar. */
export function heldValue(value: unknown): string | null {
  return kindOf(value) === 0 ? null : userIdOf(String(value))
}

function expiryOf({ hold, expiresAfter }: PayAction, atMs: number): number | null {
  const ends = [
    ...(expiresAfter ? [addDuration(atMs, expiresAfter)] : []),
    ...(hold?.kind === 'event' && hold.atMost ? [addDuration(atMs, hold.atMost)] : []),
  ]
  return ends.length === 0 ? null : Math.min(...ends)
}
