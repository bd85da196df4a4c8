import type { Limit, ParsedRule } from '../language/rule.ts'
import { expectationOf } from './expectation.ts'
import { eventOf, type Scene, type Variation } from './scene.ts'
import { historyList } from './solve.ts'
import type { LimitUse } from './test-case.ts'

/** Each limit with room for one more reward, with too little, and with none. */
export function limitEdges(rule: ParsedRule, base: Scene): readonly Variation[] {
  const due = amountDue(rule, base)
  return rule.limits.flatMap((limit) =>
    usesOf(limit, due).map(({ use, said }) => ({
      name: `limit ${Number(limit.id.slice('/limits/'.length)) + 1}: ${said}`,
      scene: base,
      limits: [use],
    })),
  )
}

/** What the rule would pay for the base event if it had no limits, in minor units. */
function amountDue(rule: ParsedRule, base: Scene): number {
  const event = eventOf(base)
  if (!event) return 0
  const history = historyList(base)
  const draft = { name: '', event, history, limits: [] }
  const { rewards = [] } = expectationOf({ ...rule, limits: [] }, draft)
  return rewards[0]?.amount_cents ?? 0
}

function usesOf(
  { id, maxCount, maxAmountCents }: Limit,
  due: number,
): readonly { readonly use: LimitUse; readonly said: string }[] {
  const counts =
    maxCount === null
      ? []
      : [
          { used: maxCount - 1, said: 'one is left' },
          { used: maxCount, said: 'none is left' },
        ]
  const most = Number(maxAmountCents ?? 0n)
  const amounts =
    maxAmountCents === null
      ? []
      : [
          { used: Math.max(0, most - due), said: 'there is just room' },
          { used: Math.max(0, most - due + 1), said: 'one minor unit is missing' },
          { used: most, said: 'it is spent' },
        ]
  return [
    ...counts.map(({ used, said }) => ({
      use: { pointer: id, count: used, amount_cents: 0 },
      said,
    })),
    ...amounts.map(({ used, said }) => ({
      use: { pointer: id, count: 0, amount_cents: used },
      said,
    })),
  ]
}
