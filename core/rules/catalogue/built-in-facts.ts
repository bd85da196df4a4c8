import type { Scalar } from '../language/facts.ts'
import type { Fact, FactType } from './fact.ts'

type Row = readonly [
  path: string,
  type: FactType,
  label: string,
  example: Scalar | readonly Scalar[] | null,
]

/** What the envelope of every event says. */
const envelope: readonly Row[] = [
  ['event.type', 'text', 'type of the event', 'purchase.completed'],
  ['event.user_id', 'text', 'user of the event', 'ann'],
  ['event.occurred_at', 'time', 'time of the event', '2027-01-31T12:00:00.000Z'],
  ['user_id', 'text', 'user of the event', 'ann'],
]

/** What events of referral programs say, as the original format and the example year name it. */
const usual: readonly Row[] = [
  ['referrer_id', 'text', 'referrer', 'ann'],
  ['referred_id', 'text', 'referred user', 'bob'],
  ['referrer.id', 'text', 'referrer', 'ann'],
  ['referrer.is_paid_user', 'truth', 'referrer is a paying user', true],
  ['referrer.country', 'text', 'country of the referrer', 'US'],
  ['referrer.device_id', 'text', 'device of the referrer', 'device-1'],
  ['referrer.signed_up_at', 'time', 'when the referrer signed up', '2026-05-01T09:00:00Z'],
  ['referrer.subscription_status', 'text', 'subscription of the referrer', 'active'],
  ['referred.id', 'text', 'referred user', 'bob'],
  ['referred.is_paid_user', 'truth', 'referred user is a paying user', true],
  ['referred.country', 'text', 'country of the referred user', 'US'],
  ['referred.device_id', 'text', 'device of the referred user', 'device-2'],
  ['referred.signed_up_at', 'time', 'when the referred user signed up', '2027-01-01T09:00:00Z'],
  ['referred.subscription_status', 'text', 'subscription of the referred user', 'active'],
  ['purchase.id', 'text', 'purchase', 'order-1'],
  ['purchase.order_id', 'text', 'number of the order', 'FF-T5BXNJ'],
  ['purchase.amount_cents', 'money', 'amount of the purchase', 12_000],
  ['purchase.currency', 'text', 'currency of the purchase', 'USD'],
  ['purchase.is_first', 'truth', 'first purchase', true],
  ['refund.order_id', 'text', 'number of the refunded order', 'FF-T5BXNJ'],
  ['refund.amount_cents', 'money', 'amount of the refund', 12_000],
  ['refund.currency', 'text', 'currency of the refund', 'USD'],
  ['refund.reason', 'text', 'reason of the refund', 'wrong size'],
  ['subscription.plan', 'text', 'plan', 'sprout'],
  ['subscription.status', 'text', 'state of the subscription', 'active'],
  ['subscription.monthly_cents', 'money', 'monthly price', 1_900],
  ['subscription.currency', 'text', 'currency of the subscription', 'USD'],
  ['channel', 'text', 'where the referral came from', 'code'],
]

/** Facts of which every event has one, or any event can have one. */
export const builtInFacts: readonly Fact[] = [
  ...envelope.map((row) => factOf(row, false)),
  ...usual.map((row) => factOf(row, true)),
]

function factOf([path, type, label, example]: Row, isOptional: boolean): Fact {
  return { path, type, label, example, values: null, isOptional, source: 'built_in' }
}
