import { type Customer, dayMs, hourMs, isPaying, signUps } from './customers.ts'
import type { Random } from './random.ts'
import {
  type Article,
  channels,
  currency,
  greenWallDeposit,
  homeArticles,
  homePlans,
  officeArticles,
  officePlan,
  yearEndMs,
} from './shop.ts'

/** Something that happened at Fern & Finch, before it has an id and before it is sent. */
export interface Happening {
  readonly atMs: number
  /** The shop and the billing system number their events on their own: their ids overlap. */
  readonly source: 'shop' | 'billing'
  readonly type: string
  readonly customer: Customer
  readonly data: Readonly<Record<string, unknown>>
}

/** The year, in the order in which things happened. */
export function tellYear(random: Random): Happening[] {
  const happenings = signUps(random).flatMap((customer) => tellCustomer(customer, random))
  // Ties are broken by the customer: a sort must not depend on anything but the story.
  return happenings
    .filter((one) => one.atMs < yearEndMs)
    .sort((a, b) => a.atMs - b.atMs || compare(a.customer.id, b.customer.id))
}

function tellCustomer(customer: Customer, random: Random): Happening[] {
  const subscribesAtCheckout = random.chance(0.12)
  const subscription = random.chance(0.64)
    ? tellSubscription(customer, { subscribesAtCheckout, random })
    : []
  return [
    signUp(customer, random),
    ...subscription,
    ...tellPurchases(customer, {
      isSubscribing: subscribesAtCheckout && subscription.length > 0,
      random,
    }),
  ]
}

function signUp(customer: Customer, random: Random): Happening {
  const profile = { name: customer.name, city: customer.city, is_office: customer.isOffice }
  return {
    atMs: customer.signedUpMs,
    source: 'shop',
    type: 'user.signed_up',
    customer,
    data: customer.referrer
      ? {
          ...referralFacts(customer, customer.signedUpMs, 'none'),
          channel: random.pick(channels),
          profile,
        }
      : { profile },
  }
}

/**
 * Start, monthly renewals, perhaps the end. The referral's facts travel with the event that makes
 * the customer a payer (the start, or the renewal that ends a trial) and with no other, so that a
 * rule that reads them pays once. Who subscribes at the checkout sends them with the purchase.
 */
function tellSubscription(
  customer: Customer,
  { subscribesAtCheckout, random }: { subscribesAtCheckout: boolean; random: Random },
): Happening[] {
  const plan = customer.isOffice ? officePlan : random.pick(homePlans)
  const isTrial = !subscribesAtCheckout && random.chance(0.25)
  const startMs = customer.signedUpMs + random.integer(0, 18 * 24) * hourMs + 60_000
  const paidFromMs = isTrial ? startMs + 14 * dayMs : startMs
  const event = (atMs: number, step: string, status: string, facts: object = {}): Happening => ({
    atMs,
    source: 'billing',
    type: `subscription.${step}`,
    customer,
    data: {
      ...facts,
      subscription: { plan: plan.plan, status, monthly_cents: plan.monthlyCents, currency },
    },
  })
  const factsAt = (atMs: number, status: string): object =>
    subscribesAtCheckout ? {} : referralFacts(customer, atMs, status, random)

  const startStatus = isTrial ? 'trialing' : 'active'
  const told = [event(startMs, 'started', startStatus, factsAt(startMs, startStatus))]
  if (isTrial) {
    if (random.chance(0.3)) return [...told, event(paidFromMs, 'cancelled', 'cancelled')]
    told.push(event(paidFromMs, 'renewed', 'active', factsAt(paidFromMs, 'active')))
  }
  let atMs = paidFromMs + 30 * dayMs
  while (atMs < yearEndMs) {
    if (random.chance(0.09)) {
      told.push(event(atMs, 'cancelled', 'cancelled'))
      break
    }
    told.push(event(atMs, 'renewed', 'active'))
    atMs += 30 * dayMs
  }
  customer.paid.push({ fromMs: paidFromMs, untilMs: atMs })
  return told
}

function tellPurchases(
  customer: Customer,
  { isSubscribing, random }: { isSubscribing: boolean; random: Random },
): Happening[] {
  if (!isSubscribing && random.chance(0.24)) return []
  const told: Happening[] = []
  let atMs = customer.signedUpMs + random.integer(1, 40 * 24) * hourMs
  for (let isFirst = true; atMs < yearEndMs && (isFirst || random.chance(0.56)); isFirst = false) {
    const purchase = basket(customer, isFirst, random)
    const orderId = `FF-${Math.floor(atMs / 1_000)
      .toString(36)
      .toUpperCase()}`
    const facts =
      isFirst && isSubscribing
        ? referralFacts(customer, atMs, 'active', random)
        : referral(customer)
    const data = { ...facts, purchase: { order_id: orderId, ...purchase } }
    told.push({ atMs, source: 'shop', type: 'purchase.completed', customer, data })
    if (random.chance(0.07)) told.push(refund(customer, { atMs, orderId, purchase }, random))
    atMs += random.integer(20 * 24, 80 * 24) * hourMs
  }
  return told
}

/** One till in fourteen is old and writes amounts as text, which no rule may take for a number. */
function basket(customer: Customer, isFirst: boolean, random: Random) {
  const articles = customer.isOffice && random.chance(0.85) ? officeArticles : homeArticles
  const chosen: Article[] =
    customer.isOffice && isFirst && random.chance(0.12)
      ? [greenWallDeposit]
      : Array.from({ length: random.integer(1, 3) }, () => random.pick(articles))
  const items = chosen.map((article) => ({
    sku: article.sku,
    name: article.name,
    quantity: article === greenWallDeposit ? 1 : random.integer(1, 2),
    unit_cents: article.unitCents,
  }))
  const amountCents = items.reduce((sum, item) => sum + item.quantity * item.unit_cents, 0)
  const amount = random.chance(1 / 14) ? String(amountCents) : amountCents
  return { is_first: isFirst, amount_cents: amount, currency, items }
}

function refund(
  customer: Customer,
  order: { atMs: number; orderId: string; purchase: { amount_cents: number | string } },
  random: Random,
): Happening {
  return {
    atMs: order.atMs + random.integer(2 * 24, 20 * 24) * hourMs,
    source: 'shop',
    type: 'purchase.refunded',
    customer,
    data: {
      refund: {
        order_id: order.orderId,
        amount_cents: order.purchase.amount_cents,
        currency,
        reason: random.pick([
          'arrived damaged',
          'changed my mind',
          'wrong size',
          'died within a week',
        ]),
      },
    },
  }
}

function referral(customer: Customer): { referrer_id?: string; referred_id?: string } {
  return customer.referrer ? { referrer_id: customer.referrer.id, referred_id: customer.id } : {}
}

/** The facts that rules read. Now and then the billing system does not know whether the referrer pays. */
function referralFacts(customer: Customer, atMs: number, status: string, random?: Random): object {
  if (!customer.referrer) return { referred: { subscription_status: status } }
  const isUnknown = random?.chance(0.03) ?? false
  return {
    ...referral(customer),
    referrer: { is_paid_user: isUnknown ? null : isPaying(customer.referrer, atMs) },
    referred: { subscription_status: status },
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
