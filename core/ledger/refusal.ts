import type { ProblemCode } from '@pineos/contract/problems.ts'

/** Why the ledger may refuse a command: a subset of the problem catalogue. */
export const refusalCodes = [
  'insufficient_balance',
  'balance_limit_exceeded',
  'entry_not_found',
  'entry_not_reversible',
  'already_reversed',
  'already_expired',
  'reversal_exceeds_entry',
  'entry_not_pending',
  'already_confirmed',
  'not_due',
  'expiry_in_past',
  'expiring_credits_exceeded',
  'effective_at_in_future',
  'effective_before_original',
  'period_closed',
  'account_quarantined',
] as const satisfies readonly ProblemCode[]

export type RefusalCode = (typeof refusalCodes)[number]

/** A business refusal: an outcome that is remembered with the idempotency key, not an exception. */
export interface Refusal {
  readonly code: RefusalCode
  readonly detail: string
  readonly availableCents?: bigint
  readonly requiredCents?: bigint
  readonly reversibleCents?: bigint
}

/** True for a refusal that says nothing about the command itself: its key stays free. */
export function isPassing(refusal: Refusal): boolean {
  return refusal.code === 'account_quarantined'
}
