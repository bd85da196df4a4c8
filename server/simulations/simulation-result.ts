import type { SimulationResult } from '@pineos/contract/simulations.ts'
import type {
  SimulationResult as Simulated,
  SimulatedPayment,
  SimulatedSide,
} from '@pineos/core/program/simulation.ts'

/** The result in the wire form. `newRuleId` is under which a rule ran that is stored nowhere. */
export function resultToWire(result: Simulated, newRuleId: string): SimulationResult {
  const payments = (paid: readonly SimulatedPayment[]) =>
    paid.map((payment) => paymentToWire(payment, newRuleId))
  return {
    events: result.events,
    live: sideToWire(result.live),
    draft: sideToWire(result.draft),
    difference: sumsToWire(result.difference),
    events_changed: result.eventsChanged,
    examples: result.examples.map(({ source, eventId, live, draft }) => ({
      source,
      event_id: eventId,
      live: payments(live),
      draft: payments(draft),
    })),
    top_beneficiaries: result.topBeneficiaries.map(({ userId, currency, amountCents }) => ({
      user_id: userId,
      currency,
      amount_cents: centsToWire(amountCents),
    })),
  }
}

function sideToWire({ matches, rewards, cost }: SimulatedSide) {
  return { matches, rewards, cost: sumsToWire(cost) }
}

function sumsToWire(sums: Readonly<Record<string, bigint>>) {
  return Object.fromEntries(
    Object.entries(sums).map(([currency, cents]) => [currency, centsToWire(cents)]),
  )
}

function paymentToWire(payment: SimulatedPayment, newRuleId: string) {
  return {
    rule_id: payment.ruleId === newRuleId ? null : payment.ruleId,
    rule_name: payment.ruleName,
    action_type: payment.kind,
    user_id: payment.userId,
    amount_cents: centsToWire(payment.amountCents),
    currency: payment.currency,
  }
}

/** JSON carries integers exactly up to 2^53; sums of many amounts may be larger. */
export function centsToWire(cents: bigint): number | string {
  const number = Number(cents)
  return Number.isSafeInteger(number) ? number : cents.toString()
}
