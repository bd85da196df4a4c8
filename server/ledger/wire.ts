import { currencyExponents } from '@pineos/contract/currency.ts'
import type { Balance, LedgerEntry } from '@pineos/contract/ledger.ts'
import type { Statement } from '@pineos/contract/statement.ts'
import type { Entry, UserBalance } from '@pineos/core/ledger/entry.ts'
import { flows } from '@pineos/core/ledger/flows.ts'
import type { StatementHead } from './statement.ts'
import { type Amounts, difference, type StatementLine } from './statement-lines.ts'

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

/** A page of a statement as it is answered. */
export function statementToWire(
  head: StatementHead,
  { lines, nextCursor }: { lines: readonly StatementLine[]; nextCursor: string | null },
): Statement {
  const { userId, currency, axis, from, to, knownAt, opening, closing, total } = head
  return {
    user_id: userId,
    currency,
    axis,
    from,
    to,
    known_at: knownAt,
    opening: statementBalance(opening, currency),
    closing: statementBalance(closing, currency),
    ...changes(difference(closing, opening)),
    total: Number(total),
    lines: lines.map(({ entry, change, running }) => ({
      entry: entryToWire(entry),
      ...changes(change),
      ...balances(running),
    })),
    next_cursor: nextCursor,
  }
}

function statementBalance(amounts: Amounts, currency: string): Statement['opening'] {
  return { ...balances(amounts), balance_dollars: decimalOf(amounts.availableCents, currency) }
}

function balances({ availableCents, pendingCents, debtCents }: Amounts) {
  return {
    balance_cents: Number(availableCents),
    pending_cents: Number(pendingCents),
    debt_cents: Number(debtCents),
  }
}

function changes({ availableCents, pendingCents, debtCents }: Amounts) {
  return {
    change_cents: Number(availableCents),
    pending_change_cents: Number(pendingCents),
    debt_change_cents: Number(debtCents),
  }
}

/** Minor units as a decimal in major units, exact: 1234 USD is "12.34", -5 USD "-0.05", 1234 JPY "1234". */
export function decimalOf(amountCents: bigint, currency: string): string {
  const exponent = currencyExponents.get(currency) ?? 2
  if (exponent === 0) return amountCents.toString()
  const sign = amountCents < 0n ? '-' : ''
  const digits = amountCents
    .toString()
    .replace('-', '')
    .padStart(exponent + 1, '0')
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}
