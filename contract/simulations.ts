import { type Static, Type } from 'typebox'
import { closed, EntityId, Instant, literals, nullable } from './primitives.ts'
import { VersionNumber } from './rule-versions.ts'
import { RuleJson } from './rules.ts'

/** Events that one simulation tells of. */
export const simulatedEventsMax = 1_000_000
/** Events that it tells of where the request does not say which. */
export const simulatedEventsDefault = 10_000
/** Events before those from which it learns what rules know of history. */
export const warmUpEventsMax = 1_000_000
/** Simulations of a database that wait or run at a time. */
export const simulationsUnderWayMax = 5
/** Simulations that a list shows. */
export const simulationsListed = 50

const Count = Type.Integer({ minimum: 0 })

export const SimulationRequest = closed(
  {
    rule_json: Type.Optional(RuleJson),
    rule_id: Type.Optional(EntityId),
    version: Type.Optional(VersionNumber),
    last: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: simulatedEventsMax,
        description: `So many of the last events; ${simulatedEventsDefault} where the request does not say which`,
        examples: [10_000],
      }),
    ),
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
  },
  {
    title: 'SimulationRequest',
    description:
      '`rule_json` alone: a new rule beside those in force. `rule_id` with `rule_json`: in the place of that rule. `rule_id` with or without `version`: that version, the latest where none is named. Which events: the `last` ones, or those that came in `from` (inclusive) `to` (exclusive).',
  },
)
export type SimulationRequest = Static<typeof SimulationRequest>

/** A sum in minor units, negative where more was debited. */
const SimulatedCents = Type.Unsafe<number | string>({
  type: ['integer', 'string'],
  description: 'Minor units of the currency; a text where it is past 2^53',
  examples: [50_000],
})

const CentsByCurrency = Type.Unsafe<Readonly<Record<string, number | string>>>({
  type: 'object',
  additionalProperties: SimulatedCents,
  description: 'By currency; what is debited is negative',
  examples: [{ USD: 150_000 }],
})

const SimulatedSide = closed(
  {
    matches: Type.Integer({ description: 'How often a rule was met' }),
    rewards: Type.Integer({ description: 'Credits and debits' }),
    cost: CentsByCurrency,
  },
  { title: 'SimulatedSide' },
)

const SimulatedPayment = closed(
  {
    rule_id: nullable(EntityId),
    rule_name: Type.String(),
    action_type: literals(['credit', 'debit'], 'What the action does'),
    user_id: Type.String(),
    amount_cents: SimulatedCents,
    currency: Type.String(),
  },
  { title: 'SimulatedPayment' },
)

export const SimulationResult = closed(
  {
    events: Count,
    live: SimulatedSide,
    draft: SimulatedSide,
    difference: CentsByCurrency,
    events_changed: Type.Integer({ description: 'Events for which the two would pay differently' }),
    examples: Type.Array(
      closed({
        source: Type.String(),
        event_id: Type.String(),
        live: Type.Array(SimulatedPayment),
        draft: Type.Array(SimulatedPayment),
      }),
      { description: 'The first of those events' },
    ),
    top_beneficiaries: Type.Array(
      closed({ user_id: Type.String(), currency: Type.String(), amount_cents: SimulatedCents }),
      { description: 'Who would receive the most of the draft, by currency' },
    ),
  },
  { title: 'SimulationResult' },
)
export type SimulationResult = Static<typeof SimulationResult>

export const simulationStatuses = ['queued', 'running', 'done', 'failed', 'cancelled'] as const

export const Simulation = closed(
  {
    id: EntityId,
    status: literals(simulationStatuses, 'Where the simulation is'),
    progress: closed({
      events_done: Type.Integer({
        description: 'Events gone through, those before the range included',
      }),
      events_total: nullable(Count),
    }),
    asked: closed({
      rule_json: RuleJson,
      rule_id: nullable(EntityId),
      version: nullable(VersionNumber),
      last: nullable(Count),
      from: nullable(Instant),
      to: nullable(Instant),
    }),
    history_from: nullable(
      Type.String({
        format: 'date-time',
        description:
          'Since when what rules know of history was learned, where that was cut; null where nothing was cut or no rule asks for history',
      }),
    ),
    result: nullable(SimulationResult),
    problem: nullable(closed({ code: Type.String(), detail: Type.String() })),
    created_at: Instant,
    created_by: Type.String(),
    finished_at: nullable(Instant),
  },
  { title: 'Simulation' },
)
export type Simulation = Static<typeof Simulation>
