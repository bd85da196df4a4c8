import { type Static, Type } from 'typebox'
import { closed, Instant, jsonObject, literals, nullable, text } from './primitives.ts'

export const eventTypesMax = 1_000
const schemaBytesMax = 65_536

export const EventTypeName = text(100, 'The type, as events name it', 'purchase.completed')

export const EventTypeSchema = jsonObject({
  description:
    'JSON Schema (2020-12) of the data: names and types of members, with required, enum, format, title and examples. At most 64 KiB.',
  examples: [
    {
      type: 'object',
      properties: { plan: { type: 'string', enum: ['plus', 'pro'] } },
      required: ['plan'],
    },
  ],
  bytesMax: schemaBytesMax,
})

export const EventTypeRequest = closed(
  {
    schema: EventTypeSchema,
    description: Type.Optional(Type.String({ maxLength: 2_000, format: 'storable-text' })),
  },
  { title: 'EventTypeRequest' },
)
export type EventTypeRequest = Static<typeof EventTypeRequest>

export const EventType = closed(
  {
    type: Type.String(),
    description: nullable(Type.String()),
    schema: EventTypeSchema,
    created_at: Instant,
    updated_at: Instant,
    updated_by: Type.String(),
  },
  { title: 'EventType' },
)
export type EventType = Static<typeof EventType>

export const factTypes = [
  'text',
  'number',
  'money',
  'truth',
  'time',
  'text_list',
  'number_list',
  'truth_list',
  'structure',
  'mixed',
] as const

export const Fact = closed(
  {
    path: Type.String({ description: 'As a rule names it', examples: ['purchase.amount_cents'] }),
    type: literals(factTypes, 'money is in minor units; time is RFC 3339 text'),
    label: Type.String({ description: 'What people call it' }),
    example: Type.Unknown({ description: 'null where there is none' }),
    values: Type.Unsafe<readonly (string | number | boolean)[] | null>({
      type: ['array', 'null'],
      items: { type: ['string', 'number', 'boolean'] },
      description: 'The only values that it has; null where they are not known',
    }),
    is_optional: Type.Boolean({ description: 'Whether an event can lack it, as far as is known' }),
    source: literals(['built_in', 'schema', 'inferred'], 'Who says so'),
    operators: Type.Array(Type.String(), { description: 'Those that say something about it' }),
  },
  { title: 'Fact' },
)
export type Fact = Static<typeof Fact>

export const FactList = closed(
  {
    facts: Type.Array(Fact),
    is_complete: Type.Boolean({
      description: 'Whether there are no others: every type says all that it has',
    }),
  },
  { title: 'FactList' },
)

export const InferredEventType = closed(
  {
    type: Type.String(),
    events_seen: Type.Integer({ description: 'Stored events that were looked at, the newest' }),
    facts: Type.Array(Fact),
    schema: EventTypeSchema,
  },
  { title: 'InferredEventType' },
)
export type InferredEventType = Static<typeof InferredEventType>
