import { Type } from 'typebox'
import { EntryPage, EntryQuery } from '../entries.ts'
import {
  Balance,
  BatchOperation,
  BatchResult,
  ConfirmRequest,
  CreditRequest,
  DebitRequest,
  EntryState,
  PostedEntry,
  ReverseRequest,
  TrialBalance,
  Verification,
} from '../ledger.ts'
import {
  batchOperationsMax,
  Currency,
  closed,
  EntityId,
  Instant,
  literals,
  UserId,
} from '../primitives.ts'
import type { ProblemCode } from '../problems.ts'
import { journalProblems, route } from '../route.ts'

/** The problems of whatever posts an entry for a user. */
const postingProblems = [
  ...journalProblems,
  'account_quarantined',
  'effective_at_in_future',
  'period_closed',
] as const satisfies readonly ProblemCode[]

export const Axis = literals(
  ['recorded', 'effective'],
  'Which time counts: when entries were written, or the time that they count from; recorded where it is absent',
)

const posted = { 201: PostedEntry, 200: PostedEntry }

export const ledgerRoutes = {
  credit: route({
    method: 'POST',
    path: '/api/v1/ledger/credit',
    tag: 'Ledger',
    summary: 'Credit a user',
    description:
      'Moves the amount from the rewards account of the program to the user: spendable at once, or kept pending until it is confirmed.',
    scope: 'ledger:write',
    idempotencyKey: 'required',
    body: CreditRequest,
    replies: posted,
    problems: [
      ...postingProblems,
      'balance_limit_exceeded',
      'expiry_in_past',
      'expiring_credits_exceeded',
    ],
  }),
  confirm: route({
    method: 'POST',
    path: '/api/v1/ledger/confirm',
    tag: 'Ledger',
    summary: 'Confirm a pending credit',
    description: 'Makes what is still pending of the credit spendable.',
    scope: 'ledger:write',
    idempotencyKey: 'required',
    body: ConfirmRequest,
    replies: posted,
    problems: [
      ...postingProblems,
      'entry_not_found',
      'entry_not_pending',
      'already_confirmed',
      'already_reversed',
      'already_expired',
      'expiring_credits_exceeded',
      'balance_limit_exceeded',
    ],
  }),
  debit: route({
    method: 'POST',
    path: '/api/v1/ledger/debit',
    tag: 'Ledger',
    summary: 'Debit a user',
    description:
      'Moves the amount from what the user can spend to the redemptions account of the program; refused where the balance does not cover it.',
    scope: 'ledger:write',
    idempotencyKey: 'required',
    body: DebitRequest,
    replies: posted,
    problems: [...postingProblems, 'insufficient_balance'],
  }),
  reverse: route({
    method: 'POST',
    path: '/api/v1/ledger/reverse',
    tag: 'Ledger',
    summary: 'Reverse an entry, whole or in part',
    description:
      'Posts the way back of a credit or a debit. Any number of parts, never more than the entry; `refund` takes back the portion that was refunded of a purchase. Where the user has spent the money, `shortfall` says whether that refuses the reversal or makes a debt.',
    scope: 'ledger:write',
    idempotencyKey: 'required',
    body: ReverseRequest,
    replies: posted,
    problems: [
      ...postingProblems,
      'entry_not_found',
      'already_reversed',
      'already_expired',
      'effective_before_original',
      'entry_not_reversible',
      'reversal_exceeds_entry',
      'insufficient_balance',
      'balance_limit_exceeded',
    ],
  }),
  postBatch: route({
    method: 'POST',
    path: '/api/v1/ledger/batch',
    tag: 'Ledger',
    summary: `Post up to ${batchOperationsMax} operations`,
    description:
      'Each operation has its own idempotency key and its own result, as the single request would have had. With `atomic` one refusal refuses all.',
    scope: 'ledger:write',
    bodyBytesMax: 4 * 1024 * 1024,
    checkedPerItem: 'operations',
    body: closed(
      {
        operations: Type.Array(BatchOperation, { minItems: 1, maxItems: batchOperationsMax }),
        atomic: Type.Optional(Type.Boolean()),
      },
      { title: 'BatchRequest' },
    ),
    replies: { 200: closed({ results: Type.Array(BatchResult) }, { title: 'BatchReply' }) },
    problems: [...journalProblems, 'batch_aborted'],
  }),
  listEntries: route({
    method: 'GET',
    path: '/api/v1/ledger/entries',
    tag: 'Ledger',
    summary: 'List entries, newest first',
    description: `Entries that match all the filters given. A page may be shorter than asked for, even empty, and still be followed by others: go on while there is a next_cursor. Entries that are written meanwhile never make a page repeat or leave out one that was there.`,
    scope: 'ledger:read',
    query: EntryQuery,
    replies: { 200: EntryPage },
    problems: [],
  }),
  getEntry: route({
    method: 'GET',
    path: '/api/v1/ledger/entries/{id}',
    tag: 'Ledger',
    summary: 'One entry, with what became of it',
    scope: 'ledger:read',
    parameters: closed({ id: EntityId }),
    replies: { 200: EntryState },
    problems: ['entry_not_found'],
  }),
  getBalance: route({
    method: 'GET',
    path: '/api/v1/ledger/balance/{user_id}',
    tag: 'Ledger',
    summary: 'Balance of a user',
    description: 'Zeros for a user who has no entries.',
    scope: 'ledger:read',
    parameters: closed({ user_id: UserId }),
    query: closed({
      currency: Type.Optional(Currency),
      at: Type.Optional({ ...Instant, description: 'The balance as it stood at this time' }),
      axis: Type.Optional(Axis),
      known_at: Type.Optional({
        ...Instant,
        description: 'With axis=effective: by what had been recorded by then',
      }),
    }),
    replies: { 200: Balance },
    problems: [],
  }),
  listAccounts: route({
    method: 'GET',
    path: '/api/v1/ledger/accounts',
    tag: 'Ledger',
    summary: 'Trial balance',
    description:
      'Debits, credits and balance of every account, per currency; debits equal credits.',
    scope: 'ledger:read',
    replies: { 200: TrialBalance },
    problems: [],
  }),
  verify: route({
    method: 'GET',
    path: '/api/v1/ledger/verify',
    tag: 'Ledger',
    summary: 'Proof of zero',
    description:
      'Recomputes sums, balances, sequences, open holds, reversals and idempotency records from the entries in one snapshot; `ok: false` names each fault. `full=false` compares the kept sums alone.',
    scope: 'ledger:read',
    query: closed({ full: Type.Optional(Type.Boolean()) }),
    replies: { 200: Verification },
    problems: [],
  }),
}
