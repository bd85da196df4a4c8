import type {
  Amount,
  AmountBounds,
  EveryNthAmount,
  ExtremeAmount,
  MarginalTiersAmount,
  PercentAmount,
  Rounding,
  WholeTiersAmount,
} from '../language/amount.ts'
import type { Subject } from '../language/condition.ts'
import { type FactPath, type Facts, readFact } from '../language/facts.ts'
import type { History } from './history.ts'

/** What is due, in minor units, or why that cannot be known, in a sentence. */
export type AmountDue =
  | { readonly kind: 'due'; readonly cents: bigint }
  | { readonly kind: 'unknown'; readonly reason: string }

export interface AmountContext {
  readonly facts: Facts
  readonly history: History
  /** Of the action: a fact in another currency cannot be a part of it. */
  readonly currency: string
}

const centsMax = BigInt(Number.MAX_SAFE_INTEGER)
const basisPointsWhole = 10_000n

/** Computes an amount exactly: whole numbers all the way, rounded once, by the name of the rounding. */
export function amountDue(amount: Amount, context: AmountContext): AmountDue {
  const due = compute(amount, context)
  return due.kind === 'due' && due.cents > centsMax
    ? unknown(`The amount is more than ${centsMax}.`)
    : due
}

function compute(amount: Amount, context: AmountContext): AmountDue {
  switch (amount.kind) {
    case 'fixed':
      return { kind: 'due', cents: amount.cents }
    case 'percent':
      return percent(amount, context)
    case 'whole_tiers':
      return wholeTiers(amount, context)
    case 'marginal_tiers':
      return marginalTiers(amount, context)
    case 'greatest':
    case 'smallest':
      return extreme(amount, context)
    case 'every_nth':
      return everyNth(amount, context)
  }
}

function percent(amount: PercentAmount, context: AmountContext): AmountDue {
  const base = moneyFact(amount.of, context)
  if (base.kind === 'unknown') return base
  return bounded(divide(base.cents * amount.basisPoints, basisPointsWhole, amount.rounding), amount)
}

function wholeTiers(amount: WholeTiersAmount, context: AmountContext): AmountDue {
  const measure = tierMeasure(amount.by, context)
  if (measure.kind === 'unknown') return measure
  const tier = amount.tiers.findLast(({ from }) => from <= measure.cents)
  if (!tier) return { kind: 'due', cents: 0n }
  const due = compute(tier.amount, context)
  return due.kind === 'due' ? bounded(due.cents, amount) : due
}

function tierMeasure(by: Subject, context: AmountContext): AmountDue {
  if (by.kind === 'fact') return moneyFact(by.path, context)
  const history = context.history(by.aggregate)
  if (history.kind === 'unknown') return unknown(`The tier cannot be told: ${history.reason}.`)
  return history.value < 0
    ? unknown('The tier cannot be told: the fact over history is below zero.')
    : { kind: 'due', cents: BigInt(history.value) }
}

function marginalTiers(amount: MarginalTiersAmount, context: AmountContext): AmountDue {
  const base = moneyFact(amount.by, context)
  if (base.kind === 'unknown') return base
  const { cents } = base
  const first = amount.tiers[0]
  if (!first || cents < first.from) return { kind: 'due', cents: 0n }
  // Hundredths of a percent of a cent are added up, and rounded once at the end.
  const parts = amount.tiers.map(({ from, basisPoints }, index) => {
    const next = amount.tiers[index + 1]?.from
    const end = next === undefined || next > cents ? cents : next
    return end > from ? (end - from) * basisPoints : 0n
  })
  const sum = parts.reduce((total, part) => total + part, 0n)
  return bounded(divide(sum, basisPointsWhole, amount.rounding), amount)
}

function extreme(amount: ExtremeAmount, context: AmountContext): AmountDue {
  let chosen: bigint | undefined
  for (const each of amount.amounts) {
    const due = compute(each, context)
    if (due.kind === 'unknown') return due
    const isBetter =
      chosen === undefined || (amount.kind === 'greatest' ? due.cents > chosen : due.cents < chosen)
    if (isBetter) chosen = due.cents
  }
  return { kind: 'due', cents: chosen ?? 0n }
}

function everyNth(amount: EveryNthAmount, context: AmountContext): AmountDue {
  const count = context.history(amount.count)
  if (count.kind === 'unknown') return unknown(`The count cannot be told: ${count.reason}.`)
  const isNth = count.value > 0 && count.value % amount.nth === 0
  return isNth ? compute(amount.amount, context) : { kind: 'due', cents: 0n }
}

/** A fact in minor units; unknown where it is none, or in another currency than the action. */
function moneyFact(path: FactPath, { facts, currency }: AmountContext): AmountDue {
  const value = readFact(facts, path)
  if (value === undefined || value === null) return unknown(`${path.text} was not in the event.`)
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    return unknown(`${path.text} is not a whole number of at least 0.`)
  const other = siblingCurrency(path, facts)
  if (other !== undefined && other !== currency)
    return unknown(`${path.text} is in ${other}, the action is in ${currency}.`)
  return { kind: 'due', cents: BigInt(value as number) }
}

/** The text of a member `currency` beside the fact: what its minor units are of. */
function siblingCurrency({ segments }: FactPath, facts: Facts): string | undefined {
  const siblings = [...segments.slice(0, -1), 'currency']
  const value = readFact(facts, { text: siblings.join('.'), segments: siblings })
  return typeof value === 'string' ? value : undefined
}

function bounded(cents: bigint, { minCents, maxCents }: AmountBounds): AmountDue {
  const atLeast = minCents !== null && cents < minCents ? minCents : cents
  return { kind: 'due', cents: maxCents !== null && atLeast > maxCents ? maxCents : atLeast }
}

/** Divides whole numbers that are not negative, and rounds what is left over. */
export function divide(dividend: bigint, divisor: bigint, rounding: Rounding): bigint {
  const quotient = dividend / divisor
  return roundsUp[rounding](dividend % divisor, divisor, quotient) ? quotient + 1n : quotient
}

type RoundsUp = (rest: bigint, divisor: bigint, quotient: bigint) => boolean

const roundsUp: Readonly<Record<Rounding, RoundsUp>> = {
  down: () => false,
  up: (rest) => rest > 0n,
  half_up: (rest, divisor) => 2n * rest >= divisor,
  half_even: (rest, divisor, quotient) =>
    2n * rest > divisor || (2n * rest === divisor && quotient % 2n === 1n),
}

function unknown(reason: string): AmountDue {
  return { kind: 'unknown', reason }
}
