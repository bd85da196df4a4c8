import { type Static, Type } from 'typebox'
import { entryTypes, flowNames, LedgerEntry, rewardStatuses } from './ledger.ts'
import {
  AmountCents,
  Currency,
  closed,
  EntityId,
  Instant,
  Limit,
  literals,
  nullable,
  RewardId,
  text,
  UserId,
} from './primitives.ts'

/** How many entries one request looks at, at most, to find those that match its filters. */
export const entriesExaminedMax = 20_000

export const entryOffsetMax = 1_000_000
const metadataFilterCharactersMax = 2_000

/** What may be asked of the list of entries. All filters that are given must match. */
export const EntryQuery = closed({
  user_id: Type.Optional({ ...UserId, description: 'Only entries of this user' }),
  account: Type.Optional(
    text(
      300,
      'Only entries that debit or credit this account: `user:<id>:available`, `program:<id>:rewards`, …',
      'user:alice:available',
    ),
  ),
  currency: Type.Optional(Currency),
  entry_type: Type.Optional(literals(entryTypes, 'Only entries of this type')),
  flow: Type.Optional(literals(flowNames, 'Only entries of this flow')),
  reward_id: Type.Optional({ ...RewardId, description: 'Only entries of this reward' }),
  reward_status: Type.Optional(
    literals(rewardStatuses, 'Only entries that have given their reward this status'),
  ),
  source_event: Type.Optional(
    text(400, 'Only entries that this event led to, as `source/id`', 'shop/evt-1001'),
  ),
  rule_id: Type.Optional({
    ...EntityId,
    description: 'Only entries that this rule made, in any of its versions',
  }),
  actor: Type.Optional(
    text(300, 'Only entries that this actor made', 'key:01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11'),
  ),
  related_entry_id: Type.Optional({
    ...EntityId,
    description: 'Only entries about this entry, such as its reversals',
  }),
  amount_cents_min: Type.Optional({
    ...AmountCents,
    description: 'Only entries of this amount or more',
  }),
  amount_cents_max: Type.Optional({
    ...AmountCents,
    description: 'Only entries of this amount or less',
  }),
  recorded_from: Type.Optional({
    ...Instant,
    description: 'Only entries written at this time or later',
  }),
  recorded_to: Type.Optional({ ...Instant, description: 'Only entries written before this time' }),
  effective_from: Type.Optional({
    ...Instant,
    description: 'Only entries that count from this time or later',
  }),
  effective_to: Type.Optional({
    ...Instant,
    description: 'Only entries that count from before this time',
  }),
  metadata: Type.Optional(
    Type.String({
      minLength: 2,
      maxLength: metadataFilterCharactersMax,
      description:
        'Only entries whose metadata contains this JSON object: every member of it, objects and lists in it likewise in part',
      examples: ['{"campaign": "spring"}'],
    }),
  ),
  limit: Type.Optional(Limit),
  offset: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: entryOffsetMax,
      description: 'Matching entries to pass over; prefer cursor',
    }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 200, description: 'next_cursor of the page before' }),
  ),
})
export type EntryQuery = Static<typeof EntryQuery>

export const EntryPage = closed(
  {
    entries: Type.Array(LedgerEntry, {
      description: `Newest first. May be fewer than asked for, or none, though there are more: a request looks at no more than ${entriesExaminedMax} entries. The list ends where next_cursor is null`,
    }),
    total: nullable(
      Type.Integer({
        description:
          'How many entries there are: exact without filters and for one user, one currency or both; null under other filters',
      }),
    ),
    page: Type.Integer(),
    page_size: Type.Integer(),
    next_cursor: nullable(
      Type.String({ description: 'Gives the next page as cursor; null at the end of the list' }),
    ),
  },
  { title: 'EntryPage' },
)
export type EntryPage = Static<typeof EntryPage>
