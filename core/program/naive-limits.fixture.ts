import { type JsonObject, list, object, owner } from './naive-conditions.fixture.ts'
import type { Due, NaivePayment, World } from './naive-interpreter.fixture.ts'

/** What the limits leave of the payments, which are in the order of priority. */
export function limited(due: readonly Due[], world: World): NaivePayment[] {
  const paid: NaivePayment[] = []
  for (const ruleId of new Set(due.map((payment) => payment.ruleId))) {
    const own = due.filter((payment) => payment.ruleId === ruleId)
    // What the actions of a rule pay counts once for the rule, so it is judged before any of them.
    if (own[0] === undefined || !hasRoom(own[0], ['pair', 'rule', 'program'], { paid, world }))
      continue
    for (const payment of own) {
      if (!hasRoom(payment, ['user', 'action'], { paid, world })) continue
      const cents = clipped(payment, { paid, world })
      const { actionIndex, userId, currency } = payment
      if (cents > 0n) paid.push({ ruleId, actionIndex, userId, amountCents: cents, currency })
    }
  }
  return paid
}

interface Standing {
  readonly paid: readonly NaivePayment[]
  readonly world: World
}

const limitsOf = ({ rule }: Due) => list(rule.json['limits']).map(object)

function hasRoom(payment: Due, scopes: readonly string[], { paid, world }: Standing): boolean {
  return limitsOf(payment)
    .filter(({ per, max_count: max }) => scopes.includes(String(per)) && max !== undefined)
    .every((limit) => {
      const before = used(limit, payment, world)
      const now = concerned(limit, payment, paid)
      const ofRules = new Set(now.map(({ ruleId }) => ruleId)).size
      const count = limit['per'] === 'user' || limit['per'] === 'action' ? now.length : ofRules
      return before !== null && before.count + count < Number(limit['max_count'])
    })
}

/** The amount after all limits on amounts, in the order in which they are written; 0 where none is left. */
function clipped(payment: Due, { paid, world }: Standing): bigint {
  const currencyOf = ({ currency }: JsonObject) => currency ?? payment.currency
  return limitsOf(payment)
    .filter(
      (limit) => limit['max_amount_cents'] !== undefined && currencyOf(limit) === payment.currency,
    )
    .reduce((cents, limit) => {
      const before = used(limit, payment, world)
      if (before === null) return 0n
      const now = concerned(limit, payment, paid).filter(
        ({ currency }) => currency === payment.currency,
      )
      const spent = now.reduce((sum, { amountCents }) => sum + amountCents, before.amountCents)
      const room = BigInt(Number(limit['max_amount_cents'])) - spent
      if (cents <= room) return cents
      return limit['when_short'] === 'refuse' || room < 0n ? 0n : room
    }, payment.amountCents)
}

/** What the events before have used; null where the event does not say of whom. */
function used(limit: JsonObject, { ruleId, userId, actionIndex }: Due, world: World) {
  const pair = [owner(world.facts, 'referrer'), owner(world.facts, 'referred')]
  if (limit['per'] === 'pair' && pair.includes(undefined)) return null
  const keys: Readonly<Record<string, string>> = {
    user: userId,
    pair: pair.join('\0'),
    action: String(actionIndex),
  }
  return world.limitsUsed(limit, ruleId, keys[String(limit['per'])] ?? '')
}

/** Those payments of this event that the limit counts as well. */
function concerned(
  { per }: JsonObject,
  { ruleId, userId, actionIndex }: Due,
  paid: readonly NaivePayment[],
) {
  return paid.filter(
    (one) =>
      per === 'program' ||
      (one.ruleId === ruleId &&
        (per !== 'user' || one.userId === userId) &&
        (per !== 'action' || one.actionIndex === actionIndex)),
  )
}
