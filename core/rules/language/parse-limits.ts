import { amountCentsMax } from '@pineos/contract/primitives.ts'
import { limitCountMax, limitsMax } from './limits.ts'
import { limitMembers } from './members.ts'
import type { ParseContext } from './parse-context.ts'
import { readCurrency } from './parse-pay.ts'
import { readWindow } from './parse-window.ts'
import {
  isGiven,
  type Members,
  type Part,
  readChoice,
  readChoiceOr,
  readList,
  readMembers,
  readWhole,
} from './part.ts'
import { type Action, isPay, type Limit, limitScopes } from './rule.ts'

type LimitParts = Members<(typeof limitMembers)[number]>

export const shortPolicies = ['clip', 'refuse'] as const
export const spentPolicies = ['refuse', 'pause'] as const

/** Reads how often and how much may be paid; `actions` are those of the rule. */
export function parseLimits(
  part: Part,
  actions: readonly Action[],
  context: ParseContext,
): readonly Limit[] {
  if (!isGiven(part)) return []
  const { faults } = context
  if (actions.some((action) => !isPay(action)))
    faults.add(part.pointer, 'conflict', 'Only a rule that pays has limits: leave them out.')
  const currencies = new Set(actions.filter(isPay).map(({ currency }) => currency))
  return readList(part, { itemsMax: limitsMax, what: 'limits' }, faults).flatMap(
    (item) => parseLimit(item, currencies, context) ?? [],
  )
}

function parseLimit(
  part: Part,
  currencies: ReadonlySet<string>,
  context: ParseContext,
): Limit | undefined {
  const { faults } = context
  const parts = readMembers(part, limitMembers, faults)
  if (!parts) return undefined
  const { per, within, max_count, max_amount_cents, when_short, when_spent } = parts
  if (!isGiven(max_count) && !isGiven(max_amount_cents))
    faults.add(part.pointer, 'required', 'Give max_count, max_amount_cents or both.')
  const scope = readChoice(per, limitScopes, faults)
  const window = readWindow(within, faults)
  const pausesRule = readChoiceOr(when_spent, spentPolicies, 'refuse', faults) === 'pause'
  if (pausesRule && (scope !== 'rule' || window.kind !== 'lifetime')) {
    const detail = 'Only what a rule may pay in all its life can pause it: per rule, no within.'
    faults.add(when_spent.pointer, 'conflict', detail)
  }
  return {
    id: part.pointer,
    per: scope,
    window,
    maxCount: isGiven(max_count)
      ? readWhole(max_count, { min: 1, max: limitCountMax }, faults)
      : null,
    maxAmountCents: isGiven(max_amount_cents)
      ? BigInt(readWhole(max_amount_cents, { min: 1, max: amountCentsMax }, faults))
      : null,
    currency: readLimitCurrency(parts, currencies, context),
    whenShort: readChoiceOr(when_short, shortPolicies, 'clip', faults),
    pausesRule,
  }
}

/** The currency of the most that may be paid: that of the actions where they agree. */
function readLimitCurrency(
  { currency, max_amount_cents }: LimitParts,
  currencies: ReadonlySet<string>,
  context: ParseContext,
): string | null {
  const { faults } = context
  if (!isGiven(max_amount_cents)) {
    if (isGiven(currency))
      faults.add(currency.pointer, 'conflict', 'A count has no currency: leave it out.')
    return null
  }
  if (isGiven(currency)) return readCurrency(currency, faults)
  const [only, another] = currencies
  if (another !== undefined)
    faults.add(currency.pointer, 'required', 'The actions pay in several currencies: give one.')
  return only ?? null
}
