import fc from 'fast-check'
import { computedAmount, fixedAmount } from './amount.fixture.ts'
import { condition } from './condition.fixture.ts'
import { eventRoles } from './condition.ts'
import { limitScopes, stackingModes } from './rule.ts'
import {
  cents,
  currencies,
  duration,
  eventTypes,
  groups,
  type Json,
  joined,
  one,
  optional,
  rewardIds,
  seldom,
  userPaths,
  type VocabularyOptions,
  within,
} from './vocabulary.fixture.ts'

function payAction(options: VocabularyOptions): fc.Arbitrary<Json> {
  const computed = computedAmount(options).map((amount) => ({ amount }))
  const amount =
    options.hasComputedAmounts === false ? fixedAmount : fc.oneof(fixedAmount, computed)
  const hold = fc.oneof<fc.Arbitrary<unknown>[]>(
    duration,
    joined(
      fc.record({ until: one(eventTypes) }),
      optional({ match: one(['purchase.id', 'referred_id']), at_most: duration }),
    ),
  )
  const common = joined(
    fc.record({ user: one(userPaths) }),
    amount,
    optional({ reward_id: one(rewardIds) }),
    // Always given, so that limits know of which currency they are.
    fc.record({ currency: fc.constant(currencies[0]) }),
  )
  return fc.oneof(
    joined(fc.constant({ type: 'credit' }), common, optional({ hold, expires_after: duration })),
    joined(fc.constant({ type: 'debit' }), common),
  )
}

const denyAction = joined(
  fc.constant({ type: 'deny', reason: 'Too many accounts share a device.' }),
  optional({ group: one(groups), on_unknown: one(['deny', 'allow']) }),
)
const multiplyAction = joined(
  fc.constant({ type: 'multiply' }),
  fc.record({ factor: one([0.5, 1.25, 2, 3.33]) }),
  optional({ group: one(groups), max_cents: cents }),
)

const limit: fc.Arbitrary<Json> = joined(
  fc.record({ per: one(limitScopes) }),
  optional({ within }),
  fc.oneof(
    fc.record({ max_count: one([1, 2, 5]) }),
    joined(
      fc.record({ max_amount_cents: one([1, 20_000, 1_000_000]) }),
      optional({ max_count: one([1, 3]), when_short: one(['clip', 'refuse']) }),
    ),
  ),
)
const budget: fc.Arbitrary<Json> = fc.record({
  per: fc.constant('rule'),
  max_amount_cents: one([20_000, 5_000_000]),
  when_spent: one(['refuse', 'pause']),
})

const schedule: fc.Arbitrary<Json> = fc.oneof(
  fc.record({ starts_at: one(['2027-01-01T00:00:00Z', '2027-01-15T00:00:00+05:30']) }),
  fc.record({ ends_at: one(['2027-06-01T00:00:00Z']), starts_at: one(['2027-01-01T00:00:00Z']) }),
  joined(
    fc.record({
      weekdays: fc.uniqueArray(one(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']), {
        minLength: 1,
      }),
    }),
    optional({ timezone: one(['UTC', 'Asia/Kolkata', 'America/New_York', 'Europe/Berlin']) }),
  ),
  joined(
    fc.record({
      hours: one([
        [{ from: '09:00', to: '17:30' }],
        [{ from: '22:00', to: '02:00' }],
        [
          { from: '00:00', to: '12:00' },
          { from: '18:00', to: '24:00' },
        ],
      ]),
    }),
    optional({ timezone: one(['Europe/Berlin', 'America/New_York']) }),
  ),
)

const share = joined(
  fc.record({ percent: one([0.01, 10, 50, 100]) }),
  optional({ by: one(eventRoles), name: one(['spring', 'trial']) }),
)
const placeInSet = seldom({
  priority: one([-10, 0, 5, 100]),
  terms: one(['current', 'at_referral']),
  mode: one(['live', 'shadow']),
  rollout: share,
  hold_out: share,
})
const stacking = optional({ stacking: fc.record({ group: one(groups), mode: one(stackingModes) }) })

const actionsOf = (action: fc.Arbitrary<Json>) =>
  fc.record({ actions: fc.array(action, { minLength: 1, maxLength: 3 }) })

/** Whole documents of the language, each valid, about the events of `arbitraryFacts`. */
export function arbitraryRuleJson(options: VocabularyOptions = {}): fc.Arbitrary<Json> {
  const conditions = fc.array(condition(options), { minLength: 1, maxLength: 3 })
  const when = fc.oneof(
    {
      weight: 9,
      arbitrary: joined(fc.record({ conditions }), optional({ logic: one(['AND', 'OR']) })),
    },
    { weight: 1, arbitrary: fc.constant({ always: true }) },
  )
  const on = seldom({ on: fc.uniqueArray(one(eventTypes), { minLength: 1, maxLength: 2 }) })
  const none = fc.constant({})
  const limits = optional({
    limits: fc.array(fc.oneof(limit, budget), { minLength: 1, maxLength: 3 }),
  })
  const pays = joined(
    actionsOf(payAction(options)),
    options.hasLimits === false ? none : limits,
    options.hasPlaceInSet === false ? none : stacking,
  )
  const does =
    options.hasGuardsAndModifiers === false
      ? pays
      : fc.oneof(
          { weight: 6, arbitrary: pays },
          { weight: 1, arbitrary: actionsOf(denyAction) },
          { weight: 1, arbitrary: actionsOf(multiplyAction) },
        )
  return joined(
    on,
    when,
    does,
    options.hasSchedules === false ? none : seldom({ schedule }),
    options.hasPlaceInSet === false ? none : placeInSet,
  )
}
