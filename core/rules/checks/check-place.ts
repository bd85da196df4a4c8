import { comparisonsOf } from '../language/condition.ts'
import { isPay, type ParsedRule, type StackingMode } from '../language/rule.ts'
import type { CheckContext, Neighbour } from './check-context.ts'
import { comparisonDomain } from './comparison-domain.ts'
import type { Finding } from './finding.ts'

/** The place of a rule among others: stacking groups, guards, modifiers, and counts of its own rewards. */
export function checkPlace(rule: ParsedRule, context: CheckContext): readonly Finding[] {
  return [
    ...checkStacking(rule, context),
    ...checkGuard(rule, context),
    ...checkModifier(rule, context),
    ...checkOwnCount(rule, context),
  ]
}

function membersOf(group: string, { neighbours }: CheckContext): readonly Neighbour[] {
  return neighbours.filter(({ rule }) => rule.stacking?.group === group)
}

function checkStacking(
  { stacking, actions }: ParsedRule,
  context: CheckContext,
): readonly Finding[] {
  if (!stacking) return []
  const members = membersOf(stacking.group, context)
  if (members.length === 0)
    return [
      {
        code: 'stacking_alone',
        severity: 'warning',
        message: `No other rule is in the stacking group ${stacking.group}.`,
        pointer: '/stacking',
        fix: { label: 'Leave the group', patch: [{ op: 'remove', path: '/stacking' }] },
      },
    ]
  const modes = members.flatMap(({ rule }) => rule.stacking?.mode ?? [])
  return [
    ...checkMode(stacking.mode, modes),
    ...(stacking.mode === 'highest' ? checkStackedCurrencies(actions, members) : []),
  ]
}

function checkMode(mode: StackingMode, others: readonly StackingMode[]): readonly Finding[] {
  const [other] = others.filter((each) => each !== mode)
  if (other === undefined) return []
  const path = '/stacking/mode'
  // Where the others agree the rule can go with them.
  const agreed = new Set(others).size === 1
  return [
    {
      code: 'stacking_mode_conflict',
      severity: 'warning',
      message: `Another rule of the group has the mode ${other}, this one ${mode}: each goes by its own.`,
      pointer: path,
      ...(agreed
        ? { fix: { label: `Use ${other}`, patch: [{ op: 'replace', path, value: other }] } }
        : {}),
    },
  ]
}

function checkStackedCurrencies(
  actions: ParsedRule['actions'],
  members: readonly Neighbour[],
): readonly Finding[] {
  const all = [...actions, ...members.flatMap(({ rule }) => rule.actions)].filter(isPay)
  const currencies = [...new Set(all.map(({ currency }) => currency))].sort()
  if (currencies.length < 2) return []
  return [
    {
      code: 'currency_mismatch',
      severity: 'warning',
      message: `The rules of the group pay in ${currencies.join(' and ')}: the highest is paid in each currency.`,
      pointer: '/stacking/mode',
    },
  ]
}

function checkGuard(
  { actions, condition, schedule }: ParsedRule,
  context: CheckContext,
): readonly Finding[] {
  const denials = actions.filter((action) => action.kind === 'deny')
  const [first] = denials
  if (!first) return []
  const always: readonly Finding[] =
    condition.nodes.length === 0 && !schedule
      ? [
          {
            code: 'guard_always_denies',
            severity: 'warning',
            message: 'The guard has no conditions: while it is published nothing else is paid.',
            pointer: first.id,
          },
        ]
      : []
  const idle = denials.flatMap(({ id, group }): readonly Finding[] =>
    group !== null && membersOf(group, context).length === 0
      ? [
          {
            code: 'guard_without_effect',
            severity: 'warning',
            message: `No rule is in the group ${group} that it denies.`,
            pointer: `${id}/group`,
            fix: {
              label: 'Deny all rules',
              patch: [{ op: 'remove', path: `${id}/group` }],
            },
          },
        ]
      : [],
  )
  return [...always, ...idle]
}

const unchangedHundredths = 100n

function checkModifier({ actions }: ParsedRule, context: CheckContext): readonly Finding[] {
  return actions.flatMap((action): readonly Finding[] => {
    if (action.kind !== 'multiply') return []
    const { id, group, factorHundredths, maxCents } = action
    const finding = { code: 'modifier_without_effect', severity: 'warning' } as const
    if (group !== null && membersOf(group, context).length === 0)
      return [
        {
          ...finding,
          message: `No rule is in the group ${group} that it multiplies.`,
          pointer: `${id}/group`,
          fix: {
            label: 'Multiply the credits of all rules',
            patch: [{ op: 'remove', path: `${id}/group` }],
          },
        },
      ]
    if (factorHundredths !== unchangedHundredths || maxCents !== null) return []
    return [
      { ...finding, message: 'One times an amount is the amount itself.', pointer: `${id}/factor` },
    ]
  })
}

/** A user who has reached the limit of the rule never gets more of its rewards, so that none are counted past it. */
function checkOwnCount(rule: ParsedRule, { neighbours }: CheckContext): readonly Finding[] {
  const credits = rule.actions.filter(isPay)
  const limit = rule.limits
    .filter(({ per, window }) => per === 'user' && window.kind === 'lifetime')
    .flatMap(({ maxCount }) => maxCount ?? [])
    .reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const paidElsewhere = new Set(
    neighbours.flatMap(({ rule: other }) =>
      other.actions.filter(isPay).map(({ rewardId }) => rewardId),
    ),
  )
  const own = new Set(credits.flatMap(({ rewardId }) => rewardId ?? []))
  return comparisonsOf(rule.condition).flatMap((comparison): readonly Finding[] => {
    const { subject, id } = comparison
    if (subject.kind === 'fact') return []
    const { function: name, source, names, role } = subject.aggregate.metric
    const isOwn = names?.every((each) => own.has(each) && !paidElsewhere.has(each)) ?? false
    if (name !== 'count' || source !== 'reward' || role !== 'user' || !isOwn) return []
    const least = comparisonDomain(comparison).whenTrue.numbers[0]
    const isOut =
      least?.low !== null &&
      least !== undefined &&
      (least.low > limit || (least.low === limit && !least.includesLow))
    if (!isOut) return []
    return [
      {
        code: 'count_out_of_reach',
        severity: 'warning',
        message: `The rule pays a user at most ${limit} of these rewards, and no other rule pays them.`,
        pointer: id,
      },
    ]
  })
}
