import { type Static, Type } from 'typebox'
import {
  AmountCents,
  BalanceCents,
  Currency,
  closed,
  EntityId,
  Instant,
  idempotencyKeyCharactersMax,
  literals,
  Metadata,
  nullable,
  ProblemDocument,
  RewardId,
  text,
  UserId,
} from './primitives.ts'

export const entryTypes = [
  'credit',
  'debit',
  'reversal',
  'expiry',
  'debt',
  'netting',
  'adjustment',
] as const
export const rewardStatuses = ['pending', 'confirmed', 'reversed', 'expired'] as const
export const flowNames = [
  'credit',
  'credit_pending',
  'confirm',
  'debit',
  'reverse_credit',
  'reverse_pending',
  'reverse_debit',
  'lapse',
  'expire',
  'debt',
  'netting',
  'adjust_credit',
  'adjust_debit',
] as const
export type FlowName = (typeof flowNames)[number]

export const LedgerEntry = closed(
  {
    id: EntityId,
    user_id: UserId,
    entry_type: literals(entryTypes, 'What the entry is to the user'),
    flow: literals(flowNames, 'The permitted kind of movement'),
    amount_cents: AmountCents,
    currency: Currency,
    debit_account: Type.String({
      description: 'The account that the amount leaves',
      examples: ['program:default:rewards'],
    }),
    credit_account: Type.String({
      description: 'The account that the amount enters',
      examples: ['user:alice:available'],
    }),
    user_sequence: Type.Integer({
      minimum: 1,
      description: "Place of the entry among the user's entries of this currency, without gaps",
    }),
    balance_after_cents: BalanceCents,
    pending_after_cents: BalanceCents,
    debt_after_cents: BalanceCents,
    reward_id: nullable(RewardId),
    reward_status: nullable(
      literals(rewardStatuses, 'Status of the reward once this entry was posted'),
    ),
    related_entry_id: nullable(EntityId),
    reason: nullable(Type.String()),
    idempotency_key: Type.String(),
    actor: Type.String({ description: 'Who did it: `key:<id>` or `rule:<id>@<version>`' }),
    source_event: nullable(
      Type.String({ description: 'Source and id of the event that led to it, as `source/id`' }),
    ),
    metadata: Metadata,
    available_at: nullable({ ...Instant, description: 'When a pending credit is confirmed' }),
    expires_at: nullable({ ...Instant, description: 'When what is left of a credit expires' }),
    effective_at: { ...Instant, description: 'When it counts' },
    recorded_at: { ...Instant, description: 'When it was written' },
  },
  { title: 'LedgerEntry' },
)
export type LedgerEntry = Static<typeof LedgerEntry>

export const PostedEntry = closed(
  {
    data: LedgerEntry,
    is_duplicate: Type.Boolean({
      description: 'True where this key was answered before: nothing was posted again',
    }),
  },
  { title: 'PostedEntry' },
)
export type PostedEntry = Static<typeof PostedEntry>

const EffectiveAt = Type.Optional({
  ...Instant,
  description:
    'When it counts; when it is written where this is absent. May lie in the past, down to the end of the last closed period',
})

const creditFields = {
  user_id: UserId,
  amount_cents: AmountCents,
  currency: Type.Optional(Currency),
  reward_id: Type.Optional(RewardId),
  reward_status: Type.Optional(
    literals(
      ['pending', 'confirmed'],
      'pending: kept apart and not spendable until confirmed; confirmed where it is absent',
    ),
  ),
  available_at: Type.Optional({
    ...Instant,
    description: 'Of a pending credit: it is confirmed by itself at this time',
  }),
  expires_at: Type.Optional({
    ...Instant,
    description:
      'What is left of the credit then, pending or not spent, expires. Credits that expire first are spent first',
  }),
  effective_at: EffectiveAt,
  metadata: Type.Optional(Metadata),
}
const debitFields = {
  user_id: UserId,
  amount_cents: AmountCents,
  currency: Type.Optional(Currency),
  effective_at: EffectiveAt,
  metadata: Type.Optional(Metadata),
}
export const shortfallPolicies = ['refuse', 'debt'] as const
const Refund = closed(
  {
    refunded_cents: {
      ...AmountCents,
      description: 'What was refunded of the purchase so far, this refund included',
    },
    paid_cents: { ...AmountCents, description: 'What was paid for the purchase' },
  },
  {
    title: 'Refund',
    description:
      'Reverses so much that, all reversals together, the same portion of the entry is taken back as was refunded of the purchase, rounded half up',
  },
)
const reverseFields = {
  entry_id: EntityId,
  reason: text(500, 'Why it is reversed', 'Order was refunded'),
  amount_cents: Type.Optional(AmountCents),
  refund: Type.Optional(Refund),
  shortfall: Type.Optional(
    literals(
      shortfallPolicies,
      'Where the user has spent the money: refuse, or make what is missing a debt that the next credits pay first. debt with refund, refuse without it where this is absent',
    ),
  ),
  effective_at: EffectiveAt,
  metadata: Type.Optional(Metadata),
}
const confirmFields = {
  entry_id: EntityId,
  metadata: Type.Optional(Metadata),
}

export const CreditRequest = closed(creditFields, { title: 'CreditRequest' })
export type CreditRequest = Static<typeof CreditRequest>
export const DebitRequest = closed(debitFields, { title: 'DebitRequest' })
export type DebitRequest = Static<typeof DebitRequest>
export const ReverseRequest = closed(reverseFields, {
  title: 'ReverseRequest',
  description: 'Without amount_cents and refund, all that is left of the entry',
})
export type ReverseRequest = Static<typeof ReverseRequest>
export const ConfirmRequest = closed(confirmFields, {
  title: 'ConfirmRequest',
  description: 'Confirms all that is still pending of the credit',
})
export type ConfirmRequest = Static<typeof ConfirmRequest>

const batchFields = <Name extends string>(operation: Name) => ({
  operation: Type.Literal(operation),
  idempotency_key: Type.String({
    minLength: 1,
    maxLength: idempotencyKeyCharactersMax,
    pattern: '^[\\x21-\\x7e]+$',
    description: 'As the Idempotency-Key header of a single request',
    examples: ['order-4711-credit'],
  }),
})

export const batchOperations = {
  credit: closed({ ...batchFields('credit'), ...creditFields }, { title: 'BatchCredit' }),
  debit: closed({ ...batchFields('debit'), ...debitFields }, { title: 'BatchDebit' }),
  reverse: closed({ ...batchFields('reverse'), ...reverseFields }, { title: 'BatchReverse' }),
}
export const BatchOperation = Type.Union([
  batchOperations.credit,
  batchOperations.debit,
  batchOperations.reverse,
])
export type BatchOperation = Static<typeof BatchOperation>

export const BatchResult = closed(
  {
    status: Type.Integer({ description: 'The HTTP status that the single request would have had' }),
    data: Type.Optional(LedgerEntry),
    is_duplicate: Type.Optional(Type.Boolean()),
    problem: Type.Optional(ProblemDocument),
  },
  { title: 'BatchResult' },
)
export type BatchResult = Static<typeof BatchResult>

export const Balance = closed(
  {
    user_id: UserId,
    currency: Currency,
    balance_cents: Type.Integer({ description: 'Spendable amount in minor units' }),
    pending_cents: Type.Integer({ description: 'Credited and not yet confirmed' }),
    debt_cents: Type.Integer({ description: 'Owed by the user; the next credits pay it first' }),
    balance_dollars: Type.String({
      description: 'balance_cents as a decimal in major units of the currency',
      examples: ['500.00'],
    }),
    version: Type.Integer({ description: "Number of the user's entries in this currency" }),
    updated_at: nullable(Instant),
  },
  { title: 'Balance' },
)
export type Balance = Static<typeof Balance>

export const EntryState = closed(
  {
    data: LedgerEntry,
    pending_cents: Type.Integer({ description: 'How much of a pending credit still waits' }),
    reversed_cents: Type.Integer({ description: 'How much of it was reversed' }),
    expired_cents: Type.Integer({ description: 'How much of it has expired' }),
    unspent_cents: nullable(
      Type.Integer({ description: 'How much is not spent yet, of a credit that expires' }),
    ),
    reversible_cents: Type.Integer({ description: 'How much of it can still be reversed' }),
    related: Type.Array(LedgerEntry, {
      description: 'Confirmations, reversals, expiries, debt and netting about it, oldest first',
    }),
  },
  { title: 'EntryState' },
)
export type EntryState = Static<typeof EntryState>

export const Account = closed(
  {
    account: Type.String({
      description: 'Accounts of users are summed up as `user:*:…`',
      examples: ['user:*:available'],
    }),
    kind: Type.String(),
    currency: Currency,
    normal_side: literals(
      ['debit', 'credit'],
      'The side on which the balance of such an account grows',
    ),
    debits_cents: Type.Integer(),
    credits_cents: Type.Integer(),
    balance_cents: Type.Integer({ description: 'On the normal side' }),
  },
  { title: 'Account' },
)
export type Account = Static<typeof Account>

export const TrialBalance = closed(
  {
    accounts: Type.Array(Account),
    totals: Type.Array(
      closed({
        currency: Currency,
        debits_cents: Type.Integer(),
        credits_cents: Type.Integer(),
        entries: Type.Integer(),
        is_balanced: Type.Boolean(),
      }),
    ),
  },
  { title: 'TrialBalance' },
)
export type TrialBalance = Static<typeof TrialBalance>

export const Verification = closed(
  {
    ok: Type.Boolean(),
    checks: Type.Array(
      closed({
        name: Type.String(),
        ok: Type.Boolean(),
        checked: Type.Integer({ description: 'How many rows or sums were compared' }),
        faults: Type.Array(
          closed({
            entry_id: Type.Optional(Type.String()),
            account: Type.Optional(Type.String()),
            detail: Type.String(),
          }),
          { description: 'The first 100' },
        ),
      }),
    ),
    tree_size: Type.Integer({ description: 'Entries sealed in the tamper-evidence log' }),
  },
  { title: 'Verification' },
)
export type Verification = Static<typeof Verification>
