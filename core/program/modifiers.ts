import type { MultiplyAction } from '../rules/language/rule.ts'
import type { ActionPlan } from './plan.ts'

/** A modifier whose rule is met. */
export interface ActiveModifier {
  readonly ruleName: string
  readonly action: MultiplyAction
}

const factorWhole = 100n
const centsMax = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * The plan of a rule of this stacking group after the modifiers: factors multiply each other, what is
 * left of a minor unit goes, once, and a bound of a modifier never takes from the amount itself.
 */
export function modified(
  plan: ActionPlan,
  group: string | null,
  modifiers: readonly ActiveModifier[],
): ActionPlan {
  const fitting = modifiers.filter(({ action }) => action.group === null || action.group === group)
  if (plan.kind !== 'credit' || plan.problem || fitting.length === 0) return plan
  const product = fitting.reduce((value, { action }) => value * action.factorHundredths, 1n)
  const multiplied = (plan.amountCents * product) / factorWhole ** BigInt(fitting.length)
  const bounds = fitting.flatMap(({ action }) => action.maxCents ?? [])
  const bound = [...bounds, centsMax].reduce((a, b) => (b < a ? b : a))
  const most = bound > plan.amountCents ? bound : plan.amountCents
  const clipped = multiplied > most ? most : multiplied
  if (clipped <= 0n) {
    const detail = 'A modifier leaves less than one minor unit.'
    return { ...plan, amountCents: 0n, problem: { code: 'nothing_due', detail } }
  }
  const names = fitting.map(({ ruleName, action }) => `${ruleName} (× ${factorText(action)})`)
  const note = `${plan.amountCents} became ${clipped} by ${names.join(', ')}.`
  return { ...plan, amountCents: clipped, notes: [...plan.notes, note] }
}

function factorText({ factorHundredths }: MultiplyAction): string {
  return String(Number(factorHundredths) / Number(factorWhole))
}
