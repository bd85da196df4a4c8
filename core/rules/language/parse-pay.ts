import { isCurrency } from '@pineos/contract/currency.ts'
import type { Amount } from './amount.ts'
import type { FactPath } from './facts.ts'
import type { Faults } from './fault.ts'
import { eventTypeCharactersMax, rewardIdCharactersMax } from './limits.ts'
import { holdMembers, payMembers } from './members.ts'
import { parseAmount } from './parse-amount.ts'
import { type ParseContext, readPath } from './parse-context.ts'
import { readFixed } from './parse-percent.ts'
import { readDuration } from './parse-window.ts'
import { isGiven, type Members, type Part, readChoice, readMembers, readText } from './part.ts'
import { actionKinds, type Hold, type PayAction } from './rule.ts'

type PayParts = Members<(typeof payMembers)[number]>

/** The fact that two events must share where a hold does not say which. */
const matchDefault: FactPath = { text: 'referred_id', segments: ['referred_id'] }

/** Reads an action that pays; the faults that were found are in the context. */
export function parsePay(part: Part, context: ParseContext): PayAction | undefined {
  const { faults } = context
  const parts = readMembers(part, payMembers, faults)
  if (!parts) return undefined
  const kind = readChoice(parts.type, actionKinds, faults) === 'debit' ? 'debit' : 'credit'
  const beneficiary = readPath(parts.user, 'referrer_id', faults)
  const amount = readAmount(parts, context)
  const currency = isAbsent(parts.currency)
    ? context.defaultCurrency
    : readCurrency(parts.currency, faults)
  const rewardId = isAbsent(parts.reward_id)
    ? null
    : readText(parts.reward_id, rewardIdCharactersMax, faults)
  const hold = isGiven(parts.hold) ? readHold(parts.hold, context) : null
  const expiresAfter = isGiven(parts.expires_after)
    ? readDuration(parts.expires_after, faults)
    : null
  if (kind === 'debit') refuseTimes(parts, context)
  return (
    amount && {
      kind,
      id: part.pointer,
      beneficiary,
      amount,
      currency,
      rewardId,
      hold,
      expiresAfter,
    }
  )
}

/** The first form of the language takes null for what is not given. */
function isAbsent({ value }: Part): boolean {
  return value === undefined || value === null
}

function readAmount({ amount, amount_cents }: PayParts, context: ParseContext): Amount | undefined {
  if (!isGiven(amount)) return readFixed(amount_cents, context.faults)
  if (isGiven(amount_cents)) {
    const detail = 'Give amount_cents, or amount for one that is computed; not both.'
    context.faults.add(amount.pointer, 'conflict', detail)
  }
  return parseAmount(amount, context)
}

/** Reads the ISO 4217 code of a currency. */
export function readCurrency({ value, pointer }: Part, faults: Faults): string {
  if (typeof value === 'string' && isCurrency(value)) return value
  faults.add(pointer, 'enum', 'Give the ISO 4217 code of a currency, such as "USD".')
  return ''
}

/** Until when a credit stays pending: some time, or until an event. */
function readHold(part: Part, { faults }: ParseContext): Hold | null {
  if (typeof part.value === 'string') return { kind: 'time', duration: readDuration(part, faults) }
  if (typeof part.value !== 'object' || part.value === null || Array.isArray(part.value)) {
    const detail = 'Give a duration such as "P14D", or {"until": the type of an event}.'
    faults.add(part.pointer, 'type', detail)
    return null
  }
  const parts = readMembers(part, holdMembers, faults)
  return parts
    ? {
        kind: 'event',
        type: readText(parts.until, eventTypeCharactersMax, faults),
        match: isGiven(parts.match) ? readPath(parts.match, 'purchase.id', faults) : matchDefault,
        atMost: isGiven(parts.at_most) ? readDuration(parts.at_most, faults) : null,
      }
    : null
}

function refuseTimes({ hold, expires_after }: PayParts, { faults }: ParseContext): void {
  for (const part of [hold, expires_after]) {
    if (isGiven(part))
      faults.add(part.pointer, 'conflict', 'Only a credit can be held or expire: leave it out.')
  }
}
