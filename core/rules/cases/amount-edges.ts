import { amountNodes, measure } from '../checks/amount-nodes.ts'
import type { Amount } from '../language/amount.ts'
import { isPay, type ParsedRule } from '../language/rule.ts'
import { type Scene, type Variation, withFact, withHistory } from './scene.ts'
import { historyPointer } from './test-case.ts'

const wholeBasisPoints = 10_000n

/** Each tier and each bound of an amount from both of its sides, every n-th and those beside it. */
export function amountEdges(rule: ParsedRule, base: Scene): readonly Variation[] {
  return rule.actions
    .filter(isPay)
    .flatMap(amountNodes)
    .flatMap(({ amount }) => edgesOfAmount(amount, base))
}

function edgesOfAmount(amount: Amount, base: Scene): readonly Variation[] {
  if (amount.kind === 'every_nth') {
    const { nth, count } = amount
    return [nth - 1, nth, nth + 1].map((value) => counted(historyPointer(count), value, base))
  }
  if (amount.kind === 'whole_tiers' && amount.by.kind === 'aggregate') {
    const pointer = historyPointer(amount.by.aggregate)
    return tierEdges(amount.tiers).map((value) => counted(pointer, value, base))
  }
  const path = measure(amount)?.path.text
  if (path === undefined) return []
  const values =
    amount.kind === 'whole_tiers' || amount.kind === 'marginal_tiers'
      ? tierEdges(amount.tiers)
      : boundEdges(amount)
  return [
    ...values.map((value) => ({
      name: `amount by ${path}: ${value}`,
      scene: withFact(base, path, value),
      limits: [],
    })),
    { name: `amount by ${path}: not given`, scene: withFact(base, path, undefined), limits: [] },
  ]
}

function counted(pointer: string, value: number, base: Scene): Variation {
  const scene = withHistory(base, pointer, value)
  return { name: `amount by what ${pointer} counts: ${value}`, scene, limits: [] }
}

function tierEdges(tiers: readonly { readonly from: bigint }[]): readonly number[] {
  return tiers.flatMap(({ from }) => (from === 0n ? [0] : [Number(from) - 1, Number(from)]))
}

/** The least value of the fact that reaches a bound, and the one below it. */
function boundEdges(amount: Amount): readonly number[] {
  if (amount.kind !== 'percent') return []
  const { minCents, maxCents, basisPoints } = amount
  return [minCents, maxCents].flatMap((bound) => {
    if (bound === null) return []
    const value = Number((bound * wholeBasisPoints + basisPoints - 1n) / basisPoints)
    return Number.isSafeInteger(value + 1) ? [value - 1, value, value + 1] : []
  })
}
