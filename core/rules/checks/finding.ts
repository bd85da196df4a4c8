import type { JsonPatchOperation } from '../diff/json-patch.ts'

/** `error` blocks publishing; a `warning` must be acknowledged. */
export type Severity = 'error' | 'warning'

/** What is wrong with a rule that can be understood. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  /** In plain words. */
  readonly message: string
  /** Where in the rule, as a JSON pointer (RFC 6901). */
  readonly pointer: string
  readonly fix?: Fix
}

/** A change of the rule's JSON after which the finding is gone. */
export interface Fix {
  readonly label: string
  readonly patch: readonly JsonPatchOperation[]
}

/** Everything that is checked: what it means, and the rule that has it. docs/concepts/rule-checks.md lists the same. */
export const findingCodes = {
  unknown_fact: 'The rule reads a fact that no event of its types is known to have.',
  wrong_type: 'An operator, a value or an amount does not fit the type of the fact.',
  contradiction: 'Two conditions exclude each other, or one excludes every value of its fact.',
  unreachable: 'A condition or a group can never be true.',
  always_true: 'A condition or a group is true whenever its fact is known.',
  redundant_condition: 'Another condition says the same or more.',
  duplicate_rule: 'Another rule has the same conditions and the same actions.',
  shadowed: 'A rule that goes first in the same stacking group pays whenever this one would.',
  double_payment: 'Two rules pay the same reward to the same user for the same event.',
  no_limit: 'The rule can pay any number of rewards, or a reward of any size.',
  percent_above_100: 'A reward is more than the amount it is a share of.',
  currency_mismatch: 'Amounts of different currencies are compared or added up.',
  schedule_past: 'The rule has ended already.',
  schedule_empty: 'No time is left at which the rule holds.',
  tier_gap: 'Below the first tier nothing is due.',
  tier_without_effect: 'A tier pays the same as the one before it.',
  cap_below_reward: 'A limit is less than one reward.',
  limit_without_effect: 'Another limit is always reached first.',
  stacking_alone: 'No other rule is in the stacking group.',
  stacking_mode_conflict: 'The rules of a stacking group name different modes.',
  guard_always_denies: 'The guard denies every event of its types.',
  guard_without_effect: 'The guard denies a group that no rule is in.',
  modifier_without_effect: 'The modifier changes no reward.',
  hold_beyond_expiry: 'The credit expires while it is still held.',
  mixed_time_zones: 'The schedule goes by other clocks than the windows of the rule.',
  count_out_of_reach: 'A count never gets to where the condition wants it.',
} as const

export type FindingCode = keyof typeof findingCodes
