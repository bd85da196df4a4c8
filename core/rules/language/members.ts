/**
 * The members of every object of the language. The parser knows no others, and the JSON Schema must
 * describe each of them, so neither can know what the other does not.
 */
export const ruleMembers = [
  'on',
  'conditions',
  'logic',
  'always',
  'actions',
  'limits',
  'schedule',
  'priority',
  'stacking',
  'terms',
  'mode',
  'rollout',
  'hold_out',
] as const

export const comparisonMembers = [
  'field',
  'count',
  'sum',
  'distinct',
  'min',
  'max',
  'operator',
  'value',
] as const
export const groupModes = ['all', 'any', 'none'] as const
export const referenceMembers = ['field'] as const
export const aggregateMembers = [
  'event',
  'referral',
  'reward',
  'for',
  'within',
  'of',
  'where',
  'include_current',
] as const

export const payMembers = [
  'type',
  'user',
  'amount_cents',
  'amount',
  'currency',
  'reward_id',
  'hold',
  'expires_after',
] as const
export const holdMembers = ['until', 'match', 'at_most'] as const
export const denyMembers = ['type', 'reason', 'group', 'on_unknown'] as const
export const multiplyMembers = ['type', 'factor', 'group', 'max_cents'] as const

export const fixedAmountMembers = ['amount_cents'] as const
export const percentAmountMembers = ['percent', 'of', 'round', 'min_cents', 'max_cents'] as const
export const tiersAmountMembers = [
  'tiers',
  'by',
  'mode',
  'round',
  'min_cents',
  'max_cents',
] as const
export const wholeTierMembers = ['from', 'amount_cents', 'percent', 'of', 'round'] as const
export const marginalTierMembers = ['from', 'percent'] as const
export const greaterOfMembers = ['greater_of'] as const
export const smallerOfMembers = ['smaller_of'] as const
export const everyNthMembers = ['every', 'count', 'amount'] as const

export const limitMembers = [
  'per',
  'within',
  'max_count',
  'max_amount_cents',
  'currency',
  'when_short',
  'when_spent',
] as const
export const scheduleMembers = ['starts_at', 'ends_at', 'timezone', 'weekdays', 'hours'] as const
export const hoursMembers = ['from', 'to'] as const
export const stackingMembers = ['group', 'mode'] as const
export const shareMembers = ['percent', 'by', 'name'] as const
