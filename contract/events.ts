import { type Static, Type } from 'typebox'
import { closed, Instant, nullable, ProblemDocument, text, UserId } from './primitives.ts'
import { Decision, EventData } from './rules.ts'

/** Where an event comes from when the sender does not say. */
export const eventSourceDefault = 'api'

export const eventsPerBatchMax = 1_000

export const EventId = text(
  255,
  "The sender's id of the event, unique for ever in its source",
  'evt-1001',
)
export const EventSource = text(
  100,
  `Who sends it; ${eventSourceDefault} where it is absent`,
  'shop',
)

export const EventRequest = closed(
  {
    id: EventId,
    type: text(100, 'What happened', 'purchase.completed'),
    user_id: Type.Optional(UserId),
    occurred_at: Type.Optional(Instant),
    source: Type.Optional(EventSource),
    data: EventData,
  },
  { title: 'EventRequest' },
)
export type EventRequest = Static<typeof EventRequest>

export const Event = closed(
  {
    id: Type.String(),
    source: Type.String(),
    type: Type.String(),
    user_id: nullable(Type.String()),
    occurred_at: Instant,
    received_at: Instant,
    data: EventData,
  },
  { title: 'Event' },
)
export type Event = Static<typeof Event>

export const ReceivedEvent = closed(
  { event: Event, is_duplicate: Type.Boolean(), decision: Decision },
  { title: 'ReceivedEvent' },
)
export type ReceivedEvent = Static<typeof ReceivedEvent>

export const EventResult = closed(
  {
    status: Type.Integer({ description: 'The HTTP status that the single request would have had' }),
    event: Type.Optional(Event),
    is_duplicate: Type.Optional(Type.Boolean()),
    decision: Type.Optional(Decision),
    problem: Type.Optional(ProblemDocument),
  },
  { title: 'EventResult' },
)
export type EventResult = Static<typeof EventResult>
