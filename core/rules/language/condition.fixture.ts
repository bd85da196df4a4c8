import fc from 'fast-check'
import { aggregateFunctions, eventRoles } from './condition.ts'
import {
  centsPaths,
  duration,
  eventTypes,
  everyPath,
  type Json,
  joined,
  numberPaths,
  numbers,
  one,
  optional,
  rewardIds,
  scalar,
  textPaths,
  texts,
  timePaths,
  times,
  type VocabularyOptions,
  within,
} from './vocabulary.fixture.ts'

const valued = (
  field: fc.Arbitrary<string>,
  operators: readonly string[],
  value: fc.Arbitrary<unknown>,
) => fc.record({ field, operator: one(operators), value })

/** A comparison of a fact with what is written down, of every operator. */
const comparison: fc.Arbitrary<Json> = fc.oneof(
  valued(one(everyPath), ['==', '!='], scalar),
  valued(one(numberPaths), ['>', '<', '>=', '<='], one(numbers)),
  valued(one(textPaths), ['>', '<', '>=', '<='], one(texts)),
  valued(one(everyPath), ['in', 'not_in'], fc.array(scalar, { minLength: 1, maxLength: 4 })),
  valued(one(textPaths), ['contains', 'not_contains', 'starts_with', 'ends_with'], one(texts)),
  valued(one(textPaths), ['matches'], one(['^g', '@', 'gold( member)?$', '(?i)us|ca', '[0-9]+'])),
  valued(
    one(numberPaths),
    ['between'],
    one([
      [0, 2],
      [2, 100],
      [1_000, 1_000],
    ]),
  ),
  valued(
    one(textPaths),
    ['between'],
    one([
      ['A', 'Z'],
      ['gold', 'golf'],
    ]),
  ),
  valued(one(timePaths), ['between'], one([['2027-01-01', '2027-02-01T00:00:00Z']])),
  valued(one(timePaths), ['before', 'after'], one(times)),
  valued(one(timePaths), ['within_last'], duration),
  fc.record({ field: one(everyPath), operator: one(['exists', 'missing']) }),
)

/** A comparison of two facts of the event. */
const referring: fc.Arbitrary<Json> = fc
  .oneof(
    fc.tuple(one(everyPath), one(['==', '!=']), one(everyPath)),
    fc.tuple(one(numberPaths), one(['>', '<', '>=', '<=']), one(numberPaths)),
    fc.tuple(one(textPaths), one(['contains', 'not_contains', 'starts_with']), one(textPaths)),
    fc.tuple(one(timePaths), one(['before', 'after']), one(timePaths)),
  )
  .map(([field, operator, other]) => ({ field, operator, value: { field: other } }))

/** What is counted by a function, the function not included. */
export function aggregate(name: (typeof aggregateFunctions)[number]): fc.Arbitrary<Json> {
  const measured = {
    distinct: everyPath,
    count: [],
    sum: centsPaths,
    min: centsPaths,
    max: centsPaths,
  }
  const of = name === 'count' ? fc.constant({}) : fc.record({ of: one(measured[name]) })
  const rewardOf =
    name === 'distinct'
      ? fc.record({ of: one(['user_id', 'reward_id']) })
      : optional(name === 'count' ? {} : { of: fc.constant('amount_cents') })
  const names = fc.oneof(
    one(eventTypes),
    fc.uniqueArray(one(eventTypes), { minLength: 1 }),
    one(['any']),
  )
  const where = fc.array(comparison, { minLength: 1, maxLength: 2 })
  const ofReward = fc.record({
    field: one(['reward_id', 'kind', 'currency']),
    operator: one(['==', '!=']),
    value: one(['bonus', 'credit', 'USD']),
  })
  const source = fc.oneof(
    joined(fc.record({ event: names }), of, optional({ where })),
    joined(fc.record({ referral: one(['started']) }), of, optional({ where })),
    joined(
      fc.record({ reward: one([...rewardIds, 'any']) }),
      rewardOf,
      optional({ where: fc.array(ofReward, { minLength: 1, maxLength: 2 }) }),
    ),
  )
  const rest = joined(
    fc.record({ for: one(eventRoles) }),
    optional({ within, include_current: fc.boolean() }),
  )
  return joined(source, rest)
}

const aggregated: fc.Arbitrary<Json> = one(aggregateFunctions).chain((name) =>
  fc.record({
    [name]: aggregate(name),
    operator: one(['==', '!=', '>', '<', '>=', '<=']),
    value: one([0, 1, 2, 3, 1_000]),
  }),
)

export function condition(options: VocabularyOptions): fc.Arbitrary<Json> {
  const leaf = fc.oneof(
    { weight: 5, arbitrary: comparison },
    ...(options.hasReferences === false ? [] : [{ weight: 1, arbitrary: referring }]),
    ...(options.hasAggregates === false ? [] : [{ weight: 2, arbitrary: aggregated }]),
  )
  const { node } = fc.letrec<{ node: Json }>((tie) => {
    const nodes = fc.array(tie('node'), { minLength: 1, maxLength: 3 })
    const group = one(['all', 'any', 'none']).chain((mode) => fc.record({ [mode]: nodes }))
    return { node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, group) }
  })
  return node
}
