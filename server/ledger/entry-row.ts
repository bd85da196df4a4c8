import type { FlowName } from '@pineos/contract/ledger.ts'
import type { Entry } from '@pineos/core/ledger/entry.ts'

/** The columns of an entry, in the order of the table; `e` is its alias. */
export const entryColumns = `
  e.user_id, e.id, e.flow, e.amount_cents, e.currency, e.debit_account, e.credit_account,
  e.user_sequence, e.balance_after_cents, e.pending_after_cents, e.debt_after_cents, e.reward_id,
  e.related_entry_id, e.reason, e.idempotency_key, e.actor, e.source_event, e.metadata,
  e.available_at, e.expires_at, e.effective_at, e.recorded_at`

export interface EntryRow {
  readonly user_id: string
  readonly id: string
  readonly flow: FlowName
  readonly amount_cents: bigint
  readonly currency: string
  readonly debit_account: string
  readonly credit_account: string
  readonly user_sequence: bigint
  readonly balance_after_cents: bigint
  readonly pending_after_cents: bigint
  readonly debt_after_cents: bigint
  readonly reward_id: string | null
  readonly related_entry_id: string | null
  readonly reason: string | null
  readonly idempotency_key: string
  readonly actor: string
  readonly source_event: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly available_at: Date | null
  readonly expires_at: Date | null
  readonly effective_at: Date
  readonly recorded_at: Date
}

export function entryFromRow(row: EntryRow): Entry {
  return {
    id: row.id,
    userId: row.user_id,
    flow: row.flow,
    amountCents: row.amount_cents,
    currency: row.currency,
    debitAccount: row.debit_account,
    creditAccount: row.credit_account,
    userSequence: row.user_sequence,
    balanceAfterCents: row.balance_after_cents,
    pendingAfterCents: row.pending_after_cents,
    debtAfterCents: row.debt_after_cents,
    rewardId: row.reward_id,
    relatedEntryId: row.related_entry_id,
    reason: row.reason,
    idempotencyKey: row.idempotency_key,
    actor: row.actor,
    sourceEvent: row.source_event,
    metadata: row.metadata,
    availableAt: row.available_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
    effectiveAt: row.effective_at.toISOString(),
    recordedAt: row.recorded_at.toISOString(),
  }
}
