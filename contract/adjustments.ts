import { type Static, Type } from 'typebox'
import { LedgerEntry } from './ledger.ts'
import {
  AmountCents,
  Currency,
  closed,
  EntityId,
  Instant,
  literals,
  Metadata,
  nullable,
  text,
  UserId,
} from './primitives.ts'

export const adjustmentDirections = ['credit', 'debit'] as const

export const adjustmentStatuses = [
  'awaiting_approval',
  'approved',
  'posted',
  'refused',
  'rejected',
  'withdrawn',
  'lapsed',
] as const
export type AdjustmentStatus = (typeof adjustmentStatuses)[number]

export const adjustmentReasonCharactersMax = 500

const Direction = literals(
  adjustmentDirections,
  'credit adds to what the user can spend, debit takes from it',
)
const Status = literals(
  adjustmentStatuses,
  'awaiting_approval: a second person has to decide · approved: on its way to the ledger · posted: the money has moved · refused: the ledger did not take it · rejected, withdrawn, lapsed: nothing moved and nothing will',
)

export const AdjustmentRequest = closed(
  {
    user_id: UserId,
    direction: Direction,
    amount_cents: AmountCents,
    currency: Type.Optional(Currency),
    reason: text(
      adjustmentReasonCharactersMax,
      'Why the balance is corrected; it stands on the entry',
      'Bonus of May was paid to the wrong account',
    ),
    effective_at: Type.Optional({
      ...Instant,
      description:
        'When it counts; when it is posted where this is absent. Must lie in the past by then, and after the last closed period',
    }),
    metadata: Type.Optional(Metadata),
  },
  { title: 'AdjustmentRequest' },
)
export type AdjustmentRequest = Static<typeof AdjustmentRequest>

export const AdjustmentRejection = closed(
  {
    reason: text(adjustmentReasonCharactersMax, 'Why it is rejected', 'The order was never placed'),
  },
  { title: 'AdjustmentRejection' },
)

export const Adjustment = closed(
  {
    id: EntityId,
    status: Status,
    user_id: UserId,
    direction: Direction,
    amount_cents: AmountCents,
    currency: Currency,
    reason: Type.String(),
    effective_at: nullable({ ...Instant, description: 'When it counts; null: when it is posted' }),
    metadata: Metadata,
    needs_approval: Type.Boolean({
      description: 'Whether it was above the amount that one person may adjust',
    }),
    proposed_by: Type.String({ description: 'The key that proposed it, as `key:<id>`' }),
    proposed_by_owner: Type.String({
      description: 'The owner of that key, who cannot approve or reject it',
    }),
    proposed_at: Instant,
    lapses_at: nullable({
      ...Instant,
      description: 'Until when it can be decided; null where it needs no approval',
    }),
    decided_by: nullable(
      Type.String({ description: 'The key that approved, rejected or withdrew it' }),
    ),
    decided_by_owner: nullable(Type.String()),
    decided_at: nullable(Instant),
    decision_reason: nullable(Type.String({ description: 'Why it was rejected' })),
    entry_id: nullable({ ...EntityId, description: 'The entry that it was posted as' }),
    settled_at: nullable({ ...Instant, description: 'When the ledger posted or refused it' }),
    problem: nullable(
      closed(
        { code: Type.String(), detail: Type.String() },
        { description: 'Why the ledger refused it' },
      ),
    ),
  },
  { title: 'Adjustment' },
)
export type Adjustment = Static<typeof Adjustment>

const Entry = Type.Optional(LedgerEntry)

export const AdjustmentState = closed(
  { data: Adjustment, entry: Entry },
  { title: 'AdjustmentState' },
)

export const AdjustmentReply = closed(
  {
    data: Adjustment,
    entry: Entry,
    is_duplicate: Type.Boolean({
      description: 'True where this was asked before: the adjustment as it stands now',
    }),
  },
  { title: 'AdjustmentReply' },
)
