import { type Static, Type } from 'typebox'
import { closed, Instant, jsonObject, literals, nullable } from './primitives.ts'

export const metricStates = ['collecting', 'ready'] as const

/** Something that rules go by and that is counted with every event. */
export const RuleMetric = closed(
  {
    number: Type.Integer(),
    definition: jsonObject({
      description: 'A condition that reads it, or the limit that it is counted for',
      examples: [{ kind: 'limit', rule_id: null, per: 'program', bucket: 'day' }],
    }),
    state: literals(metricStates, 'ready once the events of before are counted'),
    events_counted: Type.Integer({ description: 'Stored events that were counted so far' }),
    events_total: nullable(Type.Integer({ description: 'Of so many; null before the first page' })),
    created_at: Instant,
    ready_at: nullable(Instant),
  },
  { title: 'RuleMetric' },
)
export type RuleMetric = Static<typeof RuleMetric>
