/** What words mean: the closed vocabulary of sentences that become rules. */

export interface ConditionPhrase {
  readonly pattern: RegExp
  readonly condition: { readonly field: string; readonly operator: string; readonly value: unknown }
}

/** Conditions that stand for themselves. */
export const conditionPhrases: readonly ConditionPhrase[] = [
  {
    pattern:
      /\b(?:the )?(?:referrer|who (?:refers|referred)) (?:is|are) (?:a )?(?:paid|paying)(?: (?:user|customer|member)s?)?\b|\b(?:a )?(?:paid|paying) (?:user|customer|member|referrer)s?\b/,
    condition: { field: 'referrer.is_paid_user', operator: '==', value: true },
  },
  {
    pattern:
      /\b(?:(?:has|have|with) )?an active subscription\b|\b(?:whose |the |their )?subscription is active\b/,
    condition: { field: 'referred.subscription_status', operator: '==', value: 'active' },
  },
  {
    pattern: /\b(?:makes? |made )?(?:their |a |the |his |her )?first (?:purchase|order)s?\b/,
    condition: { field: 'purchase.is_first', operator: '==', value: true },
  },
]

/** Comparisons of the amount of a purchase, longest first so that “at least” is not read as “least”. */
export const comparisonWords: readonly (readonly [words: string, operator: string])[] = [
  ['of at least', '>='],
  ['is at least', '>='],
  ['at least', '>='],
  ['of at most', '<='],
  ['is at most', '<='],
  ['at most', '<='],
  ['of more than', '>'],
  ['more than', '>'],
  ['of less than', '<'],
  ['less than', '<'],
  ['is above', '>'],
  ['above', '>'],
  ['is over', '>'],
  ['over', '>'],
  ['is below', '<'],
  ['below', '<'],
  ['is under', '<'],
  ['under', '<'],
]

export const actionVerbs: Readonly<Record<'credit' | 'debit', RegExp>> = {
  credit: /\b(?:reward|give|credit|pay|grant|award)s?\b/,
  debit: /\b(?:debit|charge|deduct|take)s?\b/,
}

export const beneficiaries: readonly (readonly [pattern: RegExp, field: string])[] = [
  [/\b(?:to )?(?:the )?(?:referrers?|referring users?|advocates?)\b/, 'referrer_id'],
  [
    /\b(?:to )?(?:the )?(?:referred (?:users?|customers?|friends?)|referees?|new (?:users?|customers?)|friends?)\b/,
    'referred_id',
  ],
]

/** Words that carry no meaning of their own. */
export const fillers = new Set(
  'a an the to for from of when whenever if where and with that who whose their them they is are on each every any time as bonus reward amount purchase order user users customer please'.split(
    ' ',
  ),
)

export const currencySymbols: Readonly<Record<string, string>> = {
  $: 'USD',
  '€': 'EUR',
  '£': 'GBP',
  '₹': 'INR',
  '¥': 'JPY',
}
