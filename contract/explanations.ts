import { type Static, Type } from 'typebox'
import { Event } from './events.ts'
import { closed, EntityId, Instant, literals, nullable } from './primitives.ts'
import {
  ActionResult,
  ConditionResult,
  Decision,
  outcomes,
  RuleResult,
  standings,
} from './rules.ts'

/** Stored events from which history is counted again where it was not kept with a decision. */
export const recountedEventsMax = 20_000

const Sentences = Type.Array(Type.String(), {
  description: 'Why it has paid or has not, with the actual values',
  examples: [['not paid: 2 of 3 referrals of the referrer in 30 days.']],
})

const ExplainedResult = closed(
  {
    ...RuleResult.properties,
    is_paid: Type.Boolean({ description: 'Something was posted for it' }),
    sentences: Sentences,
  },
  { title: 'ExplainedResult' },
)

export const ExplainedDecision = closed(
  {
    rule_id: nullable(
      Type.String({ format: 'uuid', description: 'The one rule that was asked; null for all' }),
    ),
    rule_set_version: Type.Integer({ description: 'The set of rules it was made by' }),
    decided_at: Instant,
    ...Decision.properties,
    results: Type.Array(ExplainedResult),
  },
  { title: 'ExplainedDecision' },
)
export type ExplainedDecision = Static<typeof ExplainedDecision>

export const EventDecisions = closed(
  {
    event: Event,
    decisions: Type.Array(ExplainedDecision, {
      description: 'That of all rules first; others where it was evaluated by one rule alone',
    }),
  },
  { title: 'EventDecisions' },
)
export type EventDecisions = Static<typeof EventDecisions>

export const LimitUse = closed(
  {
    node: Type.String({ description: 'Where in the rule, as a JSON pointer' }),
    currency: nullable(
      Type.String({ description: 'Of an amount in minor units; null where it is a count' }),
    ),
    max: Type.Integer(),
    used: nullable(Type.Integer({ description: 'Before this event; null where it is not known' })),
    detail: Type.String(),
  },
  { title: 'LimitUse' },
)
export type LimitUse = Static<typeof LimitUse>

export const explanationBases = ['stored', 'computed'] as const

export const Explanation = closed(
  {
    event: Event,
    rule: closed({
      id: EntityId,
      name: Type.String(),
      version: Type.Integer({
        description:
          'That the event was judged by; where it was not in force, the one that counts now',
      }),
      was_in_force: Type.Boolean(),
    }),
    basis: literals(
      explanationBases,
      'stored: what was decided. computed: by the same functions, from what is stored',
    ),
    standing: literals([...standings, 'not_asked'], 'Where the rule stands with the event'),
    outcome: literals(outcomes, 'Of all conditions together'),
    conditions: Type.Array(ConditionResult),
    actions: Type.Array(ActionResult, { description: 'Those that were executed, or would be' }),
    limits: Type.Array(LimitUse),
    sentences: Sentences,
  },
  { title: 'Explanation' },
)
export type Explanation = Static<typeof Explanation>
