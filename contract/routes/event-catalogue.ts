import { Type } from 'typebox'
import {
  EventType,
  EventTypeName,
  EventTypeRequest,
  eventTypesMax,
  FactList,
  InferredEventType,
} from '../event-catalogue.ts'
import { closed, jsonObject } from '../primitives.ts'
import { route } from '../route.ts'

const one = closed({ type: EventTypeName })

/** What a rule can read, and the types of events that say it. */
export const eventTypesRoutes = {
  getRuleSchema: route({
    method: 'GET',
    path: '/api/v1/rules/schema',
    tag: 'Rules',
    summary: 'The language of rules as a JSON Schema',
    scope: 'rules:read',
    replies: {
      200: jsonObject({ description: 'JSON Schema (2020-12) of rule_json', examples: [] }),
    },
    problems: [],
  }),
  listFacts: route({
    method: 'GET',
    path: '/api/v1/facts',
    tag: 'Rules',
    summary: 'The facts that a rule can read',
    description:
      'Those that are built in, and those of the types of events in `on`, with commas between; of all registered types where it is absent.',
    scope: 'rules:read',
    query: closed({
      on: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 10_000,
          description: 'Types of events with commas between',
          examples: ['purchase.completed,purchase.refunded'],
        }),
      ),
    }),
    replies: { 200: FactList },
    problems: [],
  }),
  putEventType: route({
    method: 'PUT',
    path: '/api/v1/event-types/{type}',
    tag: 'Rules',
    summary: 'Register a type of events with the schema of its data',
    description: `Rules are checked against it when they are written; events are not. There are at most ${eventTypesMax}.`,
    scope: 'rules:write',
    parameters: one,
    body: EventTypeRequest,
    replies: { 200: EventType, 201: EventType },
    problems: ['event_schema_invalid', 'event_types_exceeded'],
  }),
  listEventTypes: route({
    method: 'GET',
    path: '/api/v1/event-types',
    tag: 'Rules',
    summary: 'List the registered types of events by name',
    scope: 'rules:read',
    replies: {
      200: closed({ event_types: Type.Array(EventType) }, { title: 'EventTypeList' }),
    },
    problems: [],
  }),
  getEventType: route({
    method: 'GET',
    path: '/api/v1/event-types/{type}',
    tag: 'Rules',
    summary: 'One registered type of events',
    scope: 'rules:read',
    parameters: one,
    replies: { 200: EventType },
    problems: ['event_type_not_found'],
  }),
  deleteEventType: route({
    method: 'DELETE',
    path: '/api/v1/event-types/{type}',
    tag: 'Rules',
    summary: 'Forget the schema of a type of events',
    scope: 'rules:write',
    parameters: one,
    replies: { 200: EventType },
    problems: ['event_type_not_found'],
  }),
  inferEventType: route({
    method: 'POST',
    path: '/api/v1/event-types/{type}/infer',
    tag: 'Rules',
    summary: 'Infer the schema of a type from its newest stored events',
    description:
      'Nothing is stored: look at it and register it. What is of one type in one event and of another in the next is left out, and anything else may come.',
    scope: 'events:read',
    parameters: one,
    replies: { 200: InferredEventType },
    problems: ['event_type_unseen'],
  }),
}
