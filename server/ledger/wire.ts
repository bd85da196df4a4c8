import { currencyExponents } from '@pineos/contract/currency.ts'
import type { Balance, LedgerEntry } from '@pineos/contract/ledger.ts'
import type { Entry, UserBalance } from '@pineos/core/ledger/entry.ts'
import { flows } from '@pineos/core/ledger/flows.ts'

/** The entry as it is answered. Amounts fit a JSON integer: schema, ledger and table bound them. */
export function entryToWire(entry: Entry): LedgerEntry {
  const flow = flows[entry.flow]
  return {
    id: entry.id,
    user_id: entry.userId,
    entry_type: flow.entryType,
    flow: entry.flow,
    amount_cents: Number(entry.amountCents),
    currency: entry.currency,
    debit_account: entry.debitAccount,
    credit_account: entry.creditAccount,
    user_sequence: Number(entry.userSequence),
    balance_after_cents: Number(entry.balanceAfterCents),
    pending_after_cents: Number(entry.pendingAfterCents),
    debt_after_cents: Number(entry.debtAfterCents),
    reward_id: entry.rewardId,
    reward_status: flow.rewardStatus,
    related_entry_id: entry.relatedEntryId,
    reason: entry.reason,
    idempotency_key: entry.idempotencyKey,
    actor: entry.actor,
    source_event: entry.sourceEvent,
    metadata: entry.metadata,
    available_at: entry.availableAt,
    expires_at: entry.expiresAt,
    effective_at: entry.effectiveAt,
    recorded_at: entry.recordedAt,
  }
}

/** The balance as it is answered; `updatedAt` is RFC 3339, null for a user without entries. */
export function balanceToWire(balance: UserBalance, updatedAt: string | null): Balance {
  return {
    user_id: balance.userId,
    currency: balance.currency,
    balance_cents: Number(balance.availableCents),
    pending_cents: Number(balance.pendingCents),
    debt_cents: Number(balance.debtCents),
    balance_dollars: decimalOf(balance.availableCents, balance.currency),
    version: Number(balance.version),
    updated_at: updatedAt,
  }
}

/** Minor units as a decimal in major units, exact: 1234 USD is "12.34", 1234 JPY is "1234". */
export function decimalOf(amountCents: bigint, currency: string): string {
  const exponent = currencyExponents.get(currency) ?? 2
  if (exponent === 0) return amountCents.toString()
  const digits = amountCents.toString().padStart(exponent + 1, '0')
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}
