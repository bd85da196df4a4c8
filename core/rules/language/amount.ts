import type { Aggregate, Subject } from './condition.ts'
import type { FactPath } from './facts.ts'

export const roundings = ['down', 'up', 'half_up', 'half_even'] as const
/** How a part of a minor unit is rounded. */
export type Rounding = (typeof roundings)[number]

export interface FixedAmount {
  readonly kind: 'fixed'
  /** Minor units of the action's currency. */
  readonly cents: bigint
}

/** The least and the most that a computed amount may be, in minor units. */
export interface AmountBounds {
  readonly minCents: bigint | null
  readonly maxCents: bigint | null
}

export interface PercentAmount extends AmountBounds {
  readonly kind: 'percent'
  /** Hundredths of a percent. */
  readonly basisPoints: bigint
  /** The fact it is a share of, in minor units. */
  readonly of: FactPath
  readonly rounding: Rounding
}

/** The tier that the fact falls into decides; nothing is due below the first. */
export interface WholeTiersAmount extends AmountBounds {
  readonly kind: 'whole_tiers'
  readonly by: Subject
  /** By `from`, rising. */
  readonly tiers: readonly { readonly from: bigint; readonly amount: FixedAmount | PercentAmount }[]
}

/** Each part of the fact, in minor units, pays the share of the tier it lies in. */
export interface MarginalTiersAmount extends AmountBounds {
  readonly kind: 'marginal_tiers'
  readonly by: FactPath
  /** By `from`, rising. */
  readonly tiers: readonly { readonly from: bigint; readonly basisPoints: bigint }[]
  readonly rounding: Rounding
}

/** Two or more amounts, of which the greatest or the smallest is due; unknown where one of them is. */
export interface ExtremeAmount {
  readonly kind: 'greatest' | 'smallest'
  readonly amounts: readonly Amount[]
}

/** Due at every n-th: where the count, the event included, is a multiple of `nth`. */
export interface EveryNthAmount {
  readonly kind: 'every_nth'
  readonly nth: number
  readonly count: Aggregate
  readonly amount: Amount
}

export type Amount =
  | FixedAmount
  | PercentAmount
  | WholeTiersAmount
  | MarginalTiersAmount
  | ExtremeAmount
  | EveryNthAmount
