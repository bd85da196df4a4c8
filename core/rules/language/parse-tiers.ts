import { amountCentsMax } from '@pineos/contract/primitives.ts'
import type {
  Amount,
  FixedAmount,
  MarginalTiersAmount,
  PercentAmount,
  WholeTiersAmount,
} from './amount.ts'
import { aggregateFunctions, type Subject } from './condition.ts'
import { tiersMax } from './limits.ts'
import { marginalTierMembers, tiersAmountMembers, wholeTierMembers } from './members.ts'
import { parseAggregate } from './parse-aggregate.ts'
import { type ParseContext, readPath } from './parse-context.ts'
import {
  readBasisPoints,
  readBounds,
  readFixed,
  readPercent,
  readRounding,
} from './parse-percent.ts'
import {
  isGiven,
  type Members,
  type Part,
  readChoiceOr,
  readList,
  readMembers,
  readWhole,
} from './part.ts'

type TiersParts = Members<(typeof tiersAmountMembers)[number]>

export const tierModes = ['whole', 'marginal'] as const

/** Reads an amount that depends on the tier a fact falls into, or on those it reaches through. */
export function parseTiers(part: Part, context: ParseContext): Amount | undefined {
  const { faults } = context
  const parts = readMembers(part, tiersAmountMembers, faults)
  if (!parts) return undefined
  const mode = readChoiceOr(parts.mode, tierModes, 'whole', faults)
  return mode === 'marginal' ? readMarginal(parts, context) : readWholeTiers(parts, context)
}

function readWholeTiers(parts: TiersParts, context: ParseContext): WholeTiersAmount | undefined {
  const { faults } = context
  if (isGiven(parts.round))
    faults.add(parts.round.pointer, 'conflict', 'Give round beside the percent that is rounded.')
  const by = readSubject(parts.by, context)
  const read = readTiers(parts.tiers, context).flatMap(
    (item) => readMembers(item, wholeTierMembers, faults) ?? [],
  )
  checkRising(read, context)
  const tiers = read.map((tier) => ({
    from: readFrom(tier.from, context),
    amount: readTierAmount(tier, context),
  }))
  return by && { kind: 'whole_tiers', by, tiers, ...readBounds(parts, faults) }
}

function readMarginal(parts: TiersParts, context: ParseContext): MarginalTiersAmount {
  const { faults } = context
  const read = readTiers(parts.tiers, context).flatMap(
    (item) => readMembers(item, marginalTierMembers, faults) ?? [],
  )
  checkRising(read, context)
  const tiers = read.map(({ from, percent }) => ({
    from: readFrom(from, context),
    basisPoints: readBasisPoints(percent, faults),
  }))
  const by = readPath(parts.by, 'purchase.amount_cents', faults)
  const rounding = readRounding(parts.round, faults)
  return { kind: 'marginal_tiers', by, tiers, rounding, ...readBounds(parts, faults) }
}

function readTiers(part: Part, { faults }: ParseContext): readonly Part[] {
  return readList(part, { itemsMax: tiersMax, what: 'tiers' }, faults)
}

function readFrom(part: Part, { faults }: ParseContext): bigint {
  return BigInt(readWhole(part, { min: 0, max: amountCentsMax }, faults))
}

function readTierAmount(
  tier: Members<(typeof wholeTierMembers)[number]>,
  { faults }: ParseContext,
): FixedAmount | PercentAmount {
  const { amount_cents, percent, of, round } = tier
  if (!isGiven(percent) && !isGiven(of) && !isGiven(round)) return readFixed(amount_cents, faults)
  if (isGiven(amount_cents)) {
    const detail = 'A tier pays amount_cents or percent of a fact: give one of them.'
    faults.add(amount_cents.pointer, 'conflict', detail)
  }
  return readPercent(tier, faults)
}

/** The fact that decides on the tier: a path, or one fact over history. */
function readSubject(part: Part, context: ParseContext): Subject | undefined {
  const { value } = part
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { kind: 'fact', path: readPath(part, 'purchase.amount_cents', context.faults) }
  const parts = readMembers(part, aggregateFunctions, context.faults)
  const [name, second] = parts ? aggregateFunctions.filter((each) => isGiven(parts[each])) : []
  if (!parts || name === undefined) {
    if (parts)
      context.faults.add(part.pointer, 'required', `Give one of ${aggregateFunctions.join(', ')}.`)
    return undefined
  }
  if (second !== undefined) {
    const detail = `Tiers go by one fact: give ${name} or ${second}.`
    context.faults.add(parts[second].pointer, 'conflict', detail)
  }
  const aggregate = parseAggregate(parts[name], name, context)
  return aggregate && { kind: 'aggregate', aggregate }
}

function checkRising(tiers: readonly Members<'from'>[], { faults }: ParseContext): void {
  let below = Number.NEGATIVE_INFINITY
  for (const { from } of tiers) {
    // What is no number is a fault of its own.
    if (typeof from.value !== 'number') continue
    if (from.value <= below)
      faults.add(from.pointer, 'range', 'Each tier begins above the one before it.')
    below = from.value
  }
}
