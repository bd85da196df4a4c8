import { Type } from 'typebox'
import {
  EventId,
  EventRequest,
  EventResult,
  EventSource,
  eventSourceDefault,
  eventsPerBatchMax,
  ReceivedEvent,
} from '../events.ts'
import { EventDecisions, Explanation, recountedEventsMax } from '../explanations.ts'
import { closed, EntityId } from '../primitives.ts'
import { journalProblems, route } from '../route.ts'

const one = closed({ id: EventId })

export const eventsRoutes = {
  sendEvent: route({
    method: 'POST',
    path: '/api/v1/events',
    tag: 'Events',
    summary: 'Send an event',
    description:
      'Stores the event, judges it by the published rules and pays what it earns, in one transaction.',
    scope: 'events:write',
    body: EventRequest,
    replies: { 201: ReceivedEvent, 200: ReceivedEvent },
    problems: [
      ...journalProblems.filter((code) => code !== 'idempotency_key_reused'),
      'event_id_reused',
    ],
  }),
  sendEvents: route({
    method: 'POST',
    path: '/api/v1/events/batch',
    tag: 'Events',
    summary: `Send up to ${eventsPerBatchMax} events`,
    description:
      'A result per event, in order; one that is malformed or refused does not hurt the others.',
    scope: 'events:write',
    bodyBytesMax: 4 * 1024 * 1024,
    checkedPerItem: 'events',
    body: closed(
      { events: Type.Array(EventRequest, { minItems: 1, maxItems: eventsPerBatchMax }) },
      { title: 'EventsRequest' },
    ),
    replies: { 200: closed({ results: Type.Array(EventResult) }, { title: 'EventsReply' }) },
    problems: journalProblems.filter((code) => code !== 'idempotency_key_reused'),
  }),
  getEvent: route({
    method: 'GET',
    path: '/api/v1/events/{source}/{id}',
    tag: 'Events',
    summary: 'One event with its decision',
    description:
      'An event whose id is `decision` or `explain` is found at /api/v1/events/{id}/decision: these last parts mean what they say.',
    scope: 'events:read',
    parameters: closed({ source: EventSource, id: EventId }),
    replies: { 200: ReceivedEvent },
    problems: ['event_not_found'],
  }),
  getEventDecision: route({
    method: 'GET',
    path: '/api/v1/events/{id}/decision',
    tag: 'Events',
    summary: 'Why an event has paid what it has, rule by rule',
    description: `What was decided on the event \`id\` of \`source\` (${eventSourceDefault} where it is absent), said in sentences.`,
    scope: 'events:read',
    parameters: one,
    query: closed({ source: Type.Optional(EventSource) }),
    replies: { 200: EventDecisions },
    problems: ['event_not_found'],
  }),
  explainEvent: route({
    method: 'GET',
    path: '/api/v1/events/{id}/explain',
    tag: 'Events',
    summary: 'Why a rule has paid for an event or has not, or what it would have done',
    description: `For any rule, one that was not in force then too. What was not kept with the decision is counted again from up to ${recountedEventsMax} stored events; of more it is unknown.`,
    scope: 'events:read',
    parameters: one,
    query: closed({ rule_id: EntityId, source: Type.Optional(EventSource) }),
    replies: { 200: Explanation },
    problems: ['event_not_found', 'rule_not_found'],
  }),
}
