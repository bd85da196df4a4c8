import { Type } from 'typebox'
import {
  EventId,
  EventRequest,
  EventResult,
  EventSource,
  eventsPerBatchMax,
  ReceivedEvent,
} from '../events.ts'
import { closed } from '../primitives.ts'
import { journalProblems, route } from '../route.ts'

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
    scope: 'events:read',
    parameters: closed({ source: EventSource, id: EventId }),
    replies: { 200: ReceivedEvent },
    problems: ['event_not_found'],
  }),
}
