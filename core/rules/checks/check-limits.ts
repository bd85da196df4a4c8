import { comparisonsOf } from '../language/condition.ts'
import { isPay, type Limit, type ParsedRule } from '../language/rule.ts'
import type { Window } from '../language/window.ts'
import { moneyText } from '../wording/money-text.ts'
import { leastCents, mostCents } from './amount-nodes.ts'
import { assume, noAssumption, subjectKey } from './assumption.ts'
import { type CheckContext, factDomains } from './check-context.ts'
import type { Finding } from './finding.ts'

/** What a rule can pay without an end, and limits that do nothing or too much. */
export function checkLimits(rule: ParsedRule, context: CheckContext): readonly Finding[] {
  return [
    ...checkBound(rule, context),
    ...rule.limits.flatMap((limit) => [
      ...checkLimitCurrency(limit, rule),
      ...checkRoom(limit, rule),
      ...checkEffect(limit, rule),
    ]),
  ]
}

function checkBound(rule: ParsedRule, context: CheckContext): readonly Finding[] {
  const credits = rule.actions.filter((action) => action.kind === 'credit').filter(isPay)
  const [first] = credits
  if (!first || context.hasProgramLimits || isBoundByHistory(rule, context)) return []
  const often: readonly Finding[] =
    rule.limits.length > 0
      ? []
      : [
          {
            code: 'no_limit',
            severity: 'warning',
            message: 'Nothing limits how often the rule pays.',
            pointer: first.id,
            fix: {
              label: 'Pay each user once',
              patch: [{ op: 'add', path: '/limits', value: [{ per: 'user', max_count: 1 }] }],
            },
          },
        ]
  const hasMost = rule.limits.some(({ maxAmountCents }) => maxAmountCents !== null)
  const large = credits
    .filter(({ amount }) => !hasMost && mostCents(amount) === null)
    .map(
      ({ id }): Finding => ({
        code: 'no_limit',
        severity: 'warning',
        message: 'Nothing limits how large a reward can be.',
        pointer: `${id}/amount`,
      }),
    )
  return [...often, ...large]
}

/** A condition that wants few rewards in the past limits them too. */
function isBoundByHistory(rule: ParsedRule, context: CheckContext): boolean {
  const facts = factDomains(rule, context)
  const known = assume(rule.condition, true, { known: noAssumption, facts })
  return comparisonsOf(rule.condition).some(({ subject }) => {
    if (subject.kind === 'fact' || subject.aggregate.metric.source !== 'reward') return false
    const last = known?.domains.get(subjectKey(subject))?.numbers.at(-1)
    return last !== undefined && last.high !== null
  })
}

function checkLimitCurrency(limit: Limit, rule: ParsedRule): readonly Finding[] {
  const currencies = new Set(rule.actions.filter(isPay).map(({ currency }) => currency))
  if (limit.currency === null || currencies.has(limit.currency) || limit.per === 'program')
    return []
  const [only, another] = currencies
  const path = `${limit.id}/currency`
  return [
    {
      code: 'currency_mismatch',
      severity: 'error',
      message: `The rule pays nothing in ${limit.currency}, so that the limit holds nothing back.`,
      pointer: path,
      ...(only !== undefined && another === undefined
        ? { fix: { label: `Use ${only}`, patch: [{ op: 'replace', path, value: only }] } }
        : {}),
    },
  ]
}

/** A limit that is less than one reward pays a part of it, or none. */
function checkRoom(
  { id, maxAmountCents, currency, whenShort }: Limit,
  rule: ParsedRule,
): readonly Finding[] {
  if (maxAmountCents === null || currency === null) return []
  const large = rule.actions
    .filter(isPay)
    .filter((action) => action.currency === currency && leastCents(action.amount) > maxAmountCents)
  const [first] = large
  if (!first) return []
  const most = large.map(({ amount }) => leastCents(amount)).reduce((a, b) => (a > b ? a : b))
  const effect = whenShort === 'clip' ? 'only a part of it is paid' : 'it is never paid'
  return [
    {
      code: 'cap_below_reward',
      severity: 'warning',
      message: `One reward is at least ${moneyText(most, currency)}, the limit ${moneyText(maxAmountCents, currency)}: ${effect}.`,
      pointer: `${id}/max_amount_cents`,
      fix: {
        label: `Raise the limit to ${moneyText(most, currency)}`,
        patch: [{ op: 'replace', path: `${id}/max_amount_cents`, value: Number(most) }],
      },
    },
  ]
}

/** A limit of the same people that is as low or lower in as long a time or longer is always reached first. */
function checkEffect(limit: Limit, { limits }: ParsedRule): readonly Finding[] {
  const index = limits.indexOf(limit)
  const isIdle = limits.some(
    (other, position) =>
      other !== limit &&
      other.per === limit.per &&
      isAsTight(other, limit) &&
      covers(other.window, limit.window) &&
      // Of two that are the same the later is idle.
      (position < index || !(isAsTight(limit, other) && covers(limit.window, other.window))),
  )
  if (!isIdle || limit.pausesRule) return []
  return [
    {
      code: 'limit_without_effect',
      severity: 'warning',
      message: 'Another limit is always reached before this one.',
      pointer: limit.id,
      fix: { label: 'Remove the limit', patch: [{ op: 'remove', path: limit.id }] },
    },
  ]
}

/** Whether all that the second bounds the first bounds as closely. */
function isAsTight(first: Limit, second: Limit): boolean {
  const isCountHeld =
    second.maxCount === null || (first.maxCount !== null && first.maxCount <= second.maxCount)
  const isAmountHeld =
    second.maxAmountCents === null ||
    (first.maxAmountCents !== null &&
      first.currency === second.currency &&
      first.whenShort === second.whenShort &&
      first.maxAmountCents <= second.maxAmountCents)
  return isCountHeld && isAmountHeld
}

function covers(first: Window, second: Window): boolean {
  if (first.kind === 'lifetime') return true
  if (first.kind === 'calendar') return second.kind === 'calendar' && first.unit === second.unit
  return second.kind === 'rolling' && first.duration.text === second.duration.text
}
