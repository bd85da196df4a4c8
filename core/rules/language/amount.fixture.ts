import fc from 'fast-check'
import { aggregate } from './condition.fixture.ts'
import {
  cents,
  centsPaths,
  type Json,
  joined,
  one,
  optional,
  percent,
  type VocabularyOptions,
} from './vocabulary.fixture.ts'

const bounds = fc.oneof(
  fc.constant({}),
  fc.constant({ min_cents: 10 }),
  fc.constant({ max_cents: 50_000 }),
  fc.constant({ min_cents: 10, max_cents: 50_000 }),
)
const round = optional({ round: one(['down', 'up', 'half_up', 'half_even']) })
export const fixedAmount: fc.Arbitrary<Json> = fc.record({ amount_cents: cents })
const percentOf = fc.record({ percent, of: one(centsPaths) })

/** Rising, from one of two beginnings. */
function tiers(amount: fc.Arbitrary<Json>): fc.Arbitrary<readonly Json[]> {
  const froms = fc
    .uniqueArray(one([0, 1, 3, 100, 50_000, 100_000]), { minLength: 1, maxLength: 4 })
    .map((values) => values.toSorted((a, b) => a - b))
  return froms.chain((values) =>
    fc.tuple(...values.map((from) => amount.map((each) => ({ from, ...each })))),
  )
}

/** An amount of every form; facts over history only where the options have them. */
export function computedAmount(options: VocabularyOptions): fc.Arbitrary<Json> {
  const counted = aggregate('count').map((count) => ({ count }))
  const hasAggregates = options.hasAggregates !== false
  const by = hasAggregates
    ? fc.oneof<fc.Arbitrary<unknown>[]>(one(centsPaths), counted)
    : one(centsPaths)
  const { amount } = fc.letrec<{ amount: Json }>((tie) => {
    const several = fc.array(tie('amount'), { minLength: 2, maxLength: 3 })
    const everyNth = fc.record({
      every: one([2, 3]),
      count: aggregate('count'),
      amount: tie('amount'),
    })
    return {
      amount: fc.oneof(
        { maxDepth: 2, depthSize: 'small', withCrossShrink: true },
        fixedAmount,
        joined(percentOf, bounds, round),
        joined(
          fc.record({ tiers: tiers(fc.oneof(fixedAmount, joined(percentOf, round))), by }),
          bounds,
        ),
        joined(
          fc.record({ tiers: tiers(fc.record({ percent })), by: one(centsPaths) }),
          fc.constant({ mode: 'marginal' }),
          bounds,
          round,
        ),
        fc.record({ greater_of: several }),
        fc.record({ smaller_of: several }),
        ...(hasAggregates ? [everyNth] : []),
      ),
    }
  })
  return amount
}
