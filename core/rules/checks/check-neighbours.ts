import type { ParsedRule } from '../language/rule.ts'
import { isPay } from '../language/rule.ts'
import { assume, noAssumption, truthUnder } from './assumption.ts'
import {
  type CheckContext,
  factDomains,
  type Neighbour,
  neighboursComparedMax,
} from './check-context.ts'
import type { Finding } from './finding.ts'
import { actionsForm, conditionForm } from './normal-form.ts'

/** Rules that do the same, go first or pay twice. */
export function checkNeighbours(rule: ParsedRule, context: CheckContext): readonly Finding[] {
  const near = context.neighbours
    .filter(({ rule: other }) => isSharingTrigger(rule, other))
    .slice(0, neighboursComparedMax)
  const duplicates = duplicatesOf(rule, near)
  const rest = near.filter(({ id }) => !duplicates.some((duplicate) => duplicate.id === id))
  return [
    ...duplicates.slice(0, 1).map(
      ({ name }): Finding => ({
        code: 'duplicate_rule',
        severity: 'warning',
        message: `“${name}” has the same conditions and the same actions.`,
        pointer: '',
      }),
    ),
    ...checkShadow(rule, rest, context),
    ...checkDoublePayment(rule, rest, context),
  ]
}

function isSharingTrigger(rule: ParsedRule, other: ParsedRule): boolean {
  const { on } = rule
  return on === null || other.on === null || other.on.some((type) => on.includes(type))
}

function duplicatesOf(rule: ParsedRule, near: readonly Neighbour[]): readonly Neighbour[] {
  const actions = actionsForm(rule)
  const conditions = conditionForm(rule)
  return near.filter(
    ({ rule: other }) => actionsForm(other) === actions && conditionForm(other) === conditions,
  )
}

function checkShadow(
  rule: ParsedRule,
  near: readonly Neighbour[],
  context: CheckContext,
): readonly Finding[] {
  const { stacking } = rule
  if (stacking?.mode !== 'first') return []
  const facts = factDomains(rule, context)
  const known = assume(rule.condition, true, { known: noAssumption, facts })
  const first = near.find(
    (neighbour) =>
      neighbour.rule.stacking?.group === stacking.group &&
      goesFirst(neighbour, rule) &&
      isSureToPay(neighbour.rule, rule) &&
      known !== undefined &&
      truthUnder(neighbour.rule.condition, { known, facts }) === 'true',
  )
  if (!first) return []
  return [
    {
      code: 'shadowed',
      severity: 'warning',
      message: `“${first.name}” goes first in the group ${stacking.group} and is met whenever this rule is, so that this one never pays.`,
      pointer: '/stacking',
    },
  ]
}

function goesFirst({ rule: other, isOlder }: Neighbour, rule: ParsedRule): boolean {
  return other.priority > rule.priority || (other.priority === rule.priority && isOlder)
}

/** Whether the other pays, where it is met, at least whenever the rule would pay anything. */
function isSureToPay(other: ParsedRule, rule: ParsedRule): boolean {
  const { on } = other
  const isAsked = on === null || rule.on?.every((type) => on.includes(type)) === true
  const isUnrestricted =
    other.mode === 'live' &&
    other.terms === 'current' &&
    other.schedule === null &&
    other.limits.length === 0 &&
    other.rollout === null &&
    other.holdOut === null
  const sure = other.actions
    .filter(isPay)
    .filter(({ amount, hold }) => amount.kind === 'fixed' && hold?.kind !== 'event')
  const isForSame = rule.actions
    .filter(isPay)
    .every(({ beneficiary }) => sure.some((action) => action.beneficiary.text === beneficiary.text))
  return isAsked && isUnrestricted && isForSame
}

function checkDoublePayment(
  rule: ParsedRule,
  near: readonly Neighbour[],
  context: CheckContext,
): readonly Finding[] {
  const facts = factDomains(rule, context)
  const known = assume(rule.condition, true, { known: noAssumption, facts })
  if (!known || rule.mode === 'shadow') return []
  const other = near.find(
    (neighbour) =>
      neighbour.rule.mode === 'live' &&
      sharedReward(rule, neighbour.rule) !== undefined &&
      !isOneOf(rule, neighbour.rule) &&
      areSchedulesMeeting(rule, neighbour.rule) &&
      assume(neighbour.rule.condition, true, { known, facts }) !== undefined,
  )
  const shared = other && sharedReward(rule, other.rule)
  if (!shared) return []
  return [
    {
      code: 'double_payment',
      severity: 'warning',
      message: `“${other.name}” pays the reward ${shared.rewardId} to ${shared.beneficiary.text} for the same events: both are paid. Put both into one stacking group if one is meant.`,
      pointer: shared.id,
    },
  ]
}

/** The first credit for which the other rule has one of the same name to the same user. */
function sharedReward(rule: ParsedRule, other: ParsedRule) {
  const others = other.actions.filter(isPay).filter(({ kind }) => kind === 'credit')
  return rule.actions
    .filter(isPay)
    .find(
      (action) =>
        action.kind === 'credit' &&
        action.rewardId !== null &&
        others.some(
          ({ rewardId, beneficiary }) =>
            rewardId === action.rewardId && beneficiary.text === action.beneficiary.text,
        ),
    )
}

/** Whether one of the two only is paid, by a stacking group. */
function isOneOf({ stacking }: ParsedRule, { stacking: other }: ParsedRule): boolean {
  return (
    stacking !== null &&
    stacking.group === other?.group &&
    (stacking.mode !== 'all' || other.mode !== 'all')
  )
}

function areSchedulesMeeting({ schedule }: ParsedRule, { schedule: other }: ParsedRule): boolean {
  const end = (each: ParsedRule['schedule']) => each?.endsAtMs ?? Number.POSITIVE_INFINITY
  const start = (each: ParsedRule['schedule']) => each?.startsAtMs ?? Number.NEGATIVE_INFINITY
  return start(schedule) < end(other) && start(other) < end(schedule)
}
