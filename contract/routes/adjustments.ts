import { Type } from 'typebox'
import {
  Adjustment,
  AdjustmentRejection,
  AdjustmentReply,
  AdjustmentRequest,
  AdjustmentState,
  adjustmentStatuses,
} from '../adjustments.ts'
import { closed, EntityId, Limit, literals, nullable, UserId } from '../primitives.ts'
import type { ProblemCode } from '../problems.ts'
import { route } from '../route.ts'

/** What the ledger, or the way to it, may say to an adjustment. */
const postingProblems = [
  'journal_overloaded',
  'outcome_unknown',
  'shutting_down',
  'insufficient_balance',
  'balance_limit_exceeded',
  'effective_at_in_future',
  'period_closed',
  'account_quarantined',
] as const satisfies readonly ProblemCode[]

const one = closed({ id: EntityId })

export const adjustmentsRoutes = {
  proposeAdjustment: route({
    method: 'POST',
    path: '/api/v1/ledger/adjustments',
    tag: 'Adjustments',
    summary: 'Correct the balance of a user by hand',
    description:
      'Posted at once (201) up to the amount of ADJUSTMENT_APPROVAL_CENTS; above it nothing moves until a second person approves (202). The same key again gives the adjustment as it stands now, and what was refused at once is refused again.',
    scope: 'adjustments:write',
    idempotencyKey: 'required',
    body: AdjustmentRequest,
    replies: { 201: AdjustmentReply, 202: AdjustmentReply, 200: AdjustmentReply },
    problems: ['idempotency_key_reused', ...postingProblems],
  }),
  listAdjustments: route({
    method: 'GET',
    path: '/api/v1/ledger/adjustments',
    tag: 'Adjustments',
    summary: 'List adjustments, newest first',
    scope: 'ledger:read',
    query: closed({
      status: Type.Optional(literals(adjustmentStatuses, 'Only adjustments of this status')),
      user_id: Type.Optional(UserId),
      limit: Type.Optional(Limit),
      cursor: Type.Optional(
        Type.String({ maxLength: 200, description: 'next_cursor of the page before' }),
      ),
    }),
    replies: {
      200: closed(
        { adjustments: Type.Array(Adjustment), next_cursor: nullable(Type.String()) },
        { title: 'AdjustmentPage' },
      ),
    },
    problems: [],
  }),
  getAdjustment: route({
    method: 'GET',
    path: '/api/v1/ledger/adjustments/{id}',
    tag: 'Adjustments',
    summary: 'One adjustment, with its entry where it was posted',
    scope: 'ledger:read',
    parameters: one,
    replies: { 200: AdjustmentState },
    problems: ['adjustment_not_found'],
  }),
  approveAdjustment: route({
    method: 'POST',
    path: '/api/v1/ledger/adjustments/{id}/approve',
    tag: 'Adjustments',
    summary: 'Approve an adjustment and post it',
    description:
      'By a key of another owner than that of the proposer. Asked again by the same owner, it gives the same answer, and finishes what was interrupted.',
    scope: 'adjustments:approve',
    parameters: one,
    replies: { 200: AdjustmentReply },
    problems: [
      'adjustment_not_found',
      'adjustment_already_decided',
      'approval_by_proposer',
      ...postingProblems,
    ],
  }),
  rejectAdjustment: route({
    method: 'POST',
    path: '/api/v1/ledger/adjustments/{id}/reject',
    tag: 'Adjustments',
    summary: 'Reject an adjustment',
    description: 'By a key of another owner than that of the proposer.',
    scope: 'adjustments:approve',
    parameters: one,
    body: AdjustmentRejection,
    replies: { 200: AdjustmentReply },
    problems: ['adjustment_not_found', 'adjustment_already_decided', 'approval_by_proposer'],
  }),
  withdrawAdjustment: route({
    method: 'POST',
    path: '/api/v1/ledger/adjustments/{id}/withdraw',
    tag: 'Adjustments',
    summary: 'Withdraw an adjustment that was not decided yet',
    description: 'By a key of the owner who proposed it.',
    scope: 'adjustments:write',
    parameters: one,
    replies: { 200: AdjustmentReply },
    problems: ['adjustment_not_found', 'adjustment_already_decided', 'withdrawal_by_other'],
  }),
}
