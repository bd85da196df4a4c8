import fc from 'fast-check'
import { calendarUnits } from './window.ts'

export type Json = Readonly<Record<string, unknown>>

/** Which parts of the language the rules of `arbitraryRuleJson` have; all where nothing is left out. */
export interface VocabularyOptions {
  readonly hasAggregates?: boolean
  readonly hasReferences?: boolean
  /** Amounts that are computed, where actions pay. */
  readonly hasComputedAmounts?: boolean
  readonly hasLimits?: boolean
  readonly hasSchedules?: boolean
  /** Rules that deny or multiply, beside those that pay. */
  readonly hasGuardsAndModifiers?: boolean
  /** priority, stacking, terms, mode, rollout and hold_out */
  readonly hasPlaceInSet?: boolean
}

/** The events that the rules are about: few types and few values, so that rules and events meet. */
export const eventTypes = ['signup', 'purchase', 'refund'] as const
export const userIds = ['ann', 'bob', 'cem', 'dee'] as const
export const rewardIds = ['bonus', 'welcome'] as const
export const groups = ['referral', 'season'] as const
export const currencies = ['USD', 'EUR'] as const

export const texts = ['US', 'CA', 'gold', 'gold member', 'a@example.com'] as const
export const times = ['2027-01-31', '2027-02-01T00:00:00Z', '2027-02-01T05:30:00.5+05:30'] as const
export const numbers = [0, 1, 2, 2.5, 100, 1_000, 100_000] as const

export const textPaths = ['country', 'referred.tier', 'email', 'tags'] as const
export const numberPaths = ['level', 'purchase.amount_cents', 'purchase.items'] as const
export const truthPaths = ['referrer.is_paid_user', 'purchase.is_first'] as const
export const timePaths = ['joined_at', 'referred.trial_ends'] as const
export const userPaths = ['referrer_id', 'referred_id', 'user_id', 'referrer.id'] as const
export const centsPaths = ['purchase.amount_cents', 'purchase.items', 'level'] as const
export const everyPath = [...textPaths, ...numberPaths, ...truthPaths, ...timePaths]

export const one = <Value>(values: readonly Value[]) => fc.constantFrom(...values)
export const scalar = fc.oneof(one<unknown>(texts), one<unknown>(numbers), fc.boolean())
export const cents = one([1, 50, 999, 20_000, 5_000_000])
export const percent = one([0.01, 1, 2.5, 10, 33.33, 100, 150])
export const duration = one(['P1D', 'P2W', 'P30D', 'P1M', 'P1Y6M', 'PT24H', 'P1DT12H'])
export const within = fc.oneof(
  duration.filter((text) => text !== 'P1Y6M'),
  one(calendarUnits),
  one(['lifetime']),
)

/** Some of the members, any of them left out. */
export function optional(
  members: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<Json> {
  return fc.record(members, { requiredKeys: [] })
}

/** As `optional`, each given once in five times: what narrows a rule down so much that it seldom pays. */
export function seldom(
  members: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<Json> {
  const given = Object.entries(members).map(([name, arbitrary]) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.record({ [name]: arbitrary }) },
    ),
  )
  return joined(...given)
}

export function joined(...parts: readonly fc.Arbitrary<Json>[]): fc.Arbitrary<Json> {
  return fc.tuple(...parts).map((objects) => Object.assign({}, ...objects) as Json)
}

/** The facts of events that the rules can be about: some right, some missing, some of a wrong type. */
export function arbitraryFacts(): fc.Arbitrary<Json> {
  const wrong = one<unknown>([null, '1', Number.POSITIVE_INFINITY, {}, [], true, 7, ''])
  const mostly = (right: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: wrong })
  const text = mostly(one(texts))
  const number = mostly(one(numbers))
  const truth = mostly(fc.boolean())
  const time = mostly(one([...times, '2027-01-15T12:00:00Z', '2027-02-30', '2028-01-01']))
  const user = mostly(one(userIds))
  const person = (members: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
    mostly(optional({ id: user, ...members }))
  return optional({
    referrer_id: user,
    referred_id: user,
    user_id: user,
    country: text,
    email: text,
    tags: mostly(fc.array(one(texts), { maxLength: 3 })),
    level: number,
    joined_at: time,
    referrer: person({ is_paid_user: truth }),
    referred: person({ tier: text, trial_ends: time }),
    purchase: mostly(
      optional({
        id: one(['p1', 'p2']),
        amount_cents: number,
        items: number,
        is_first: truth,
        currency: one(currencies),
      }),
    ),
  })
}
