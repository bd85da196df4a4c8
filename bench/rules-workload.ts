import type { WalkedRule } from './rules-baseline.ts'

export type BenchEvent = Readonly<Record<string, unknown>> & {
  readonly type: string
  readonly purchase: { readonly amount_cents: number }
  readonly referrer: { readonly is_paid_user: boolean }
}

/** A rule of the workload by what varies in it; each engine writes it in its own language. */
export interface BenchRule {
  readonly id: string
  readonly type: string
  readonly amountCentsAbove: number
  readonly isPaidUser: boolean
  /** Only of rules over many programs. */
  readonly programId?: string
}

const eventTypes = Array.from({ length: 20 }, (_, index) => `event.${index}`)
const amountCentsMax = 100_000

/** Three conditions each: one type of twenty, an amount, a boolean. About one pair of a hundred matches. */
export function makeRules(count: number, programs = 0): readonly BenchRule[] {
  const random = randomNumbers(1)
  return Array.from({ length: count }, (_, index) => ({
    id: String(index),
    type: eventTypes[Math.floor(random() * eventTypes.length)] ?? '',
    amountCentsAbove: Math.floor(random() * amountCentsMax * 1.2),
    isPaidUser: random() < 0.5,
    ...(programs === 0 ? {} : { programId: `program-${index % programs}` }),
  }))
}

export function makeEvents(count: number, programs = 0): readonly BenchEvent[] {
  const random = randomNumbers(2)
  return Array.from({ length: count }, (_, index) => ({
    id: `evt-${index}`,
    type: eventTypes[Math.floor(random() * eventTypes.length)] ?? '',
    referrer_id: `user-${index % 100}`,
    purchase: { amount_cents: Math.floor(random() * amountCentsMax), is_first: random() < 0.5 },
    referrer: { is_paid_user: random() < 0.5 },
    ...(programs === 0 ? {} : { program_id: `program-${Math.floor(random() * programs)}` }),
  }))
}

/** The rule as its JSON is written here. */
export function ruleJson(rule: BenchRule): WalkedRule {
  const { type, amountCentsAbove, isPaidUser, programId } = rule
  const ofProgram = { field: 'program_id', operator: '==', value: programId }
  return {
    conditions: [
      ...(programId === undefined ? [] : [ofProgram]),
      { field: 'type', operator: '==', value: type },
      { field: 'purchase.amount_cents', operator: '>', value: amountCentsAbove },
      { field: 'referrer.is_paid_user', operator: '==', value: isPaidUser },
    ],
    logic: 'AND',
    actions: [{ type: 'credit', user: 'referrer_id', amount_cents: 100 }],
  }
}

/** The same numbers in every run (a linear congruential generator, Numerical Recipes' constants). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
