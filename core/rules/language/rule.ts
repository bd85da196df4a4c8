import type { Amount } from './amount.ts'
import type { EventRole, Group } from './condition.ts'
import type { FactPath } from './facts.ts'
import type { Schedule } from './schedule.ts'
import type { Duration, Window } from './window.ts'

/** Until when a credit stays pending. */
export type Hold =
  | { readonly kind: 'time'; readonly duration: Duration }
  | {
      readonly kind: 'event'
      /** The type of the event that confirms it. */
      readonly type: string
      /** The fact that both events must share, `referred_id` where it is not given. */
      readonly match: FactPath
      /** After this time without the event the reward lapses; null for never. */
      readonly atMost: Duration | null
    }

export interface PayAction {
  readonly kind: 'credit' | 'debit'
  /** Its JSON pointer in the rule. */
  readonly id: string
  /** Where the event names who receives or pays. */
  readonly beneficiary: FactPath
  readonly amount: Amount
  readonly currency: string
  readonly rewardId: string | null
  /** Null where the credit can be spent at once, and for debits. */
  readonly hold: Hold | null
  /** How long after the event what is left of the credit expires; null for never. */
  readonly expiresAfter: Duration | null
}

/** A guard: where its rule is met, the other rules pay nothing for the event. */
export interface DenyAction {
  readonly kind: 'deny'
  readonly id: string
  readonly reason: string
  /** The stacking group whose rules it denies; null for all rules. */
  readonly group: string | null
  /** Whether it denies as well where its conditions are unknown. */
  readonly deniesUnknown: boolean
}

/** A modifier: where its rule is met, the credits of other rules are multiplied. */
export interface MultiplyAction {
  readonly kind: 'multiply'
  readonly id: string
  /** In hundredths: 150 pays one and a half times the amount. */
  readonly factorHundredths: bigint
  /** The stacking group whose credits it multiplies; null for all. */
  readonly group: string | null
  /** What one credit may reach by it; null for no bound. */
  readonly maxCents: bigint | null
}

export type Action = PayAction | DenyAction | MultiplyAction

export const actionKinds = [
  'credit',
  'debit',
  'deny',
  'multiply',
] as const satisfies readonly Action['kind'][]

export const limitScopes = ['user', 'pair', 'rule', 'program', 'action'] as const
export type LimitScope = (typeof limitScopes)[number]

/**
 * How often or how much may be paid. A count per user or action counts rewards; one per pair, rule or
 * program counts events for which the rule paid anything.
 */
export interface Limit {
  readonly id: string
  readonly per: LimitScope
  readonly window: Window
  readonly maxCount: number | null
  readonly maxAmountCents: bigint | null
  /** Of `maxAmountCents`; null where there is none. */
  readonly currency: string | null
  /** What happens with a reward that is larger than the room that is left. */
  readonly whenShort: 'clip' | 'refuse'
  /** A budget: the rule pauses when it is spent. */
  readonly pausesRule: boolean
}

export const stackingModes = ['all', 'first', 'highest'] as const
export type StackingMode = (typeof stackingModes)[number]

export interface Stacking {
  readonly group: string
  readonly mode: StackingMode
}

/** A share of the users, always the same ones. */
export interface UserShare {
  readonly basisPoints: number
  readonly by: EventRole
  /** Shares of the same name choose the same users. */
  readonly name: string
}

/** A rule that was understood: everything named, typed and within its bounds. */
export interface ParsedRule {
  /** The types of events it is asked about; null for all. */
  readonly on: readonly string[] | null
  /** An empty group of mode `all` is always true. */
  readonly condition: Group
  readonly actions: readonly Action[]
  readonly limits: readonly Limit[]
  readonly schedule: Schedule | null
  /** Larger goes first. */
  readonly priority: number
  readonly stacking: Stacking | null
  readonly terms: 'current' | 'at_referral'
  /** `shadow` evaluates live events, records what it would have paid and pays nothing. */
  readonly mode: 'live' | 'shadow'
  /** The users it is rolled out to; null for all. */
  readonly rollout: UserShare | null
  /** The users it never pays, to compare with; null for none. */
  readonly holdOut: UserShare | null
}

export function isPay(action: Action): action is PayAction {
  return action.kind === 'credit' || action.kind === 'debit'
}
