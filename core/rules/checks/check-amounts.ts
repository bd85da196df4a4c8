import type { Amount, WholeTiersAmount } from '../language/amount.ts'
import { isPay, type ParsedRule, type PayAction } from '../language/rule.ts'
import type { Duration } from '../language/window.ts'
import { hundredthsText } from '../wording/money-text.ts'
import { durationText } from '../wording/window-text.ts'
import { type AmountNode, amountNodes, measure } from './amount-nodes.ts'
import { type Assumption, assume, noAssumption, subjectKey } from './assumption.ts'
import { type CheckContext, factDomains } from './check-context.ts'
import type { Finding } from './finding.ts'
import { above, isSubset, point } from './interval-set.ts'

/** Amounts that are more than they can be meant to be, that can never be known, or have idle tiers. */
export function checkAmounts(rule: ParsedRule, context: CheckContext): readonly Finding[] {
  const facts = factDomains(rule, context)
  const known = assume(rule.condition, true, { known: noAssumption, facts }) ?? noAssumption
  return rule.actions
    .filter(isPay)
    .flatMap((action) => [
      ...amountNodes(action).flatMap((node) => [
        ...checkPercents(node),
        ...checkTiers(node, known),
        ...checkCurrency(node, action, known),
      ]),
      ...checkExpiry(action),
    ])
}

const wholeBasisPoints = 10_000n

function checkPercents(node: AmountNode): readonly Finding[] {
  return sharesOf(node)
    .filter(({ basisPoints }) => basisPoints > wholeBasisPoints)
    .map(({ basisPoints, path }) => ({
      code: 'percent_above_100',
      severity: 'warning',
      message: `The reward is ${hundredthsText(basisPoints)} % of the amount: more than the whole of it.`,
      pointer: path,
      fix: { label: 'Pay 100 %', patch: [{ op: 'replace', path, value: 100 }] },
    }))
}

function sharesOf({
  amount,
  pointer,
}: AmountNode): readonly { readonly basisPoints: bigint; readonly path: string }[] {
  if (amount.kind === 'percent')
    return [{ basisPoints: amount.basisPoints, path: `${pointer}/percent` }]
  if (amount.kind !== 'marginal_tiers') return []
  return amount.tiers.map(({ basisPoints }, index) => ({
    basisPoints,
    path: `${pointer}/tiers/${index}/percent`,
  }))
}

function checkTiers({ amount, pointer }: AmountNode, known: Assumption): readonly Finding[] {
  if (amount.kind !== 'whole_tiers' && amount.kind !== 'marginal_tiers') return []
  const [first] = amount.tiers
  const key = subjectKey(
    amount.kind === 'marginal_tiers' ? { kind: 'fact', path: amount.by } : amount.by,
  )
  const numbers = known.domains.get(key)?.numbers
  const start = above(Number(first?.from ?? 0n), true)
  const isReached = numbers !== undefined && isSubset(numbers, start)
  // A count with the event itself in it begins at 1.
  const from = amount.kind === 'whole_tiers' && amount.by.kind === 'aggregate' ? 1n : 0n
  const gap: readonly Finding[] =
    first && first.from > from && !isReached
      ? [
          {
            code: 'tier_gap',
            severity: 'warning',
            message: `Below ${first.from} nothing is due: the first tier begins there.`,
            pointer: `${pointer}/tiers/0/from`,
            fix: {
              label: `Begin at ${from}`,
              patch: [{ op: 'replace', path: `${pointer}/tiers/0/from`, value: Number(from) }],
            },
          },
        ]
      : []
  return [...gap, ...idleTiers(shareOfTiers(amount), pointer)]
}

/** What each tier pays, in a form that can be compared. */
function shareOfTiers(
  amount: Extract<Amount, { kind: 'whole_tiers' | 'marginal_tiers' }>,
): readonly string[] {
  if (amount.kind === 'marginal_tiers')
    return amount.tiers.map(({ basisPoints }) => String(basisPoints))
  return amount.tiers.map(({ amount: paid }: WholeTiersAmount['tiers'][number]) =>
    paid.kind === 'fixed'
      ? `${paid.cents}`
      : `${paid.basisPoints} of ${paid.of.text} ${paid.rounding}`,
  )
}

function idleTiers(shares: readonly string[], pointer: string): readonly Finding[] {
  return shares.flatMap((share, index) => {
    if (index === 0 || share !== shares[index - 1]) return []
    const path = `${pointer}/tiers/${index}`
    return [
      {
        code: 'tier_without_effect',
        severity: 'warning',
        message: 'The tier pays the same as the one before it.',
        pointer: path,
        fix: { label: 'Remove the tier', patch: [{ op: 'remove', path }] },
      },
    ]
  })
}

/** A condition that pins the currency of a fact to another than the action pays makes the amount unknown. */
function checkCurrency(
  { amount, pointer }: AmountNode,
  { currency }: PayAction,
  known: Assumption,
): readonly Finding[] {
  const read = measure(amount)
  if (!read) return []
  const parent = read.path.segments.slice(0, -1)
  const sibling = [...parent, 'currency'].join('.')
  const domain = known.domains.get(`fact ${sibling}`)
  if (!domain || domain.absent || domain.others) return []
  const isText = domain.numbers.length === 0 && domain.truths.length === 0
  if (!isText || isSubset(point(currency), domain.texts)) return []
  return [
    {
      code: 'currency_mismatch',
      severity: 'error',
      message: `The conditions want ${sibling} to be another currency than ${currency}, which the action pays: the amount is never known.`,
      pointer: `${pointer}/${read.member}`,
    },
  ]
}

function checkExpiry({ id, hold, expiresAfter }: PayAction): readonly Finding[] {
  if (!hold || !expiresAfter) return []
  const held = hold.kind === 'time' ? hold.duration : hold.atMost
  if (!held || !isNeverLonger(expiresAfter, held)) return []
  const isSure = hold.kind === 'time'
  return [
    {
      code: 'hold_beyond_expiry',
      severity: isSure ? 'error' : 'warning',
      message: isSure
        ? `The credit is held for ${durationText(held)} and expires after ${durationText(expiresAfter)}: it can never be spent.`
        : `The credit expires after ${durationText(expiresAfter)}, before the hold of at most ${durationText(held)} ends.`,
      pointer: `${id}/expires_after`,
      fix: {
        label: 'Let it not expire',
        patch: [{ op: 'remove', path: `${id}/expires_after` }],
      },
    },
  ]
}

/** Whether the first never ends after the second, however long the months are. */
function isNeverLonger(first: Duration, second: Duration): boolean {
  const months = second.months - first.months
  const monthDays = months >= 0 ? 28 : 31
  const days = months * monthDays + second.days - first.days
  return days * 24 + second.hours - first.hours >= 0
}
