import type { OpenStatement, StatementHead } from '../ledger/statement.ts'
import type { Amounts, StatementLine } from '../ledger/statement-lines.ts'
import { decimalOf, entryToWire } from '../ledger/wire.ts'
import { csvLine, textCell } from './csv.ts'

/** Lines that are read at once; no more of them than two such pages are ever in memory. */
const pageLines = 500

const columns = [
  'line',
  'user_sequence',
  'effective_at',
  'recorded_at',
  'entry_type',
  'flow',
  'currency',
  'change',
  'pending_change',
  'debt_change',
  'balance',
  'pending',
  'debt',
  'change_cents',
  'pending_change_cents',
  'debt_change_cents',
  'balance_cents',
  'pending_cents',
  'debt_cents',
  'entry_id',
  'user_id',
  'reward_id',
  'reward_status',
  'related_entry_id',
  'reason',
  'source_event',
  'actor',
  'idempotency_key',
  'debit_account',
  'credit_account',
  'available_at',
  'expires_at',
  'metadata',
  'cursor',
] as const

type Column = (typeof columns)[number]
/** Cells are safe already; a column that is absent is empty. */
type Cells = Readonly<Partial<Record<Column, string>>>

/**
 * A statement as CSV, in parts of many lines: a header, the opening balance, the entries, and the
 * closing balance. After `entriesMax` entries a line `more` comes instead of the closing balance, with
 * the cursor to go on from. A file without either of them was broken off.
 */
export async function* statementCsv(
  { head, start, read }: OpenStatement,
  entriesMax: number,
): AsyncGenerator<string, void> {
  yield csvLine(columns) + balanceLine('opening', head, head.from)
  let position = start
  for (let left = entriesMax; ; left -= pageLines) {
    const { lines, next } = await read(position, Math.min(left, pageLines))
    const text = lines.map((line) => lineOf(entryCells(line))).join('')
    if (next === null) {
      yield text + balanceLine('closing', head, head.to)
      return
    }
    if (left <= pageLines) {
      yield text + lineOf({ line: 'more', cursor: textCell(next.cursor) })
      return
    }
    yield text
    position = next.position
  }
}

function lineOf(cells: Cells): string {
  return csvLine(columns.map((column) => cells[column] ?? ''))
}

function balanceLine(line: 'opening' | 'closing', head: StatementHead, at: string | null): string {
  const { userId, currency } = head
  return lineOf({
    line,
    [`${head.axis}_at`]: at ?? '',
    user_id: textCell(userId),
    currency,
    ...balanceCells(head[line], currency),
  })
}

function entryCells({ entry, change, running }: StatementLine): Cells {
  const wire = entryToWire(entry)
  return {
    line: 'entry',
    user_sequence: String(wire.user_sequence),
    effective_at: wire.effective_at,
    recorded_at: wire.recorded_at,
    entry_type: wire.entry_type,
    flow: wire.flow,
    currency: wire.currency,
    change: decimalOf(change.availableCents, entry.currency),
    pending_change: decimalOf(change.pendingCents, entry.currency),
    debt_change: decimalOf(change.debtCents, entry.currency),
    ...balanceCells(running, entry.currency),
    change_cents: String(change.availableCents),
    pending_change_cents: String(change.pendingCents),
    debt_change_cents: String(change.debtCents),
    entry_id: wire.id,
    user_id: textCell(wire.user_id),
    reward_id: textCell(wire.reward_id),
    reward_status: wire.reward_status ?? '',
    related_entry_id: wire.related_entry_id ?? '',
    reason: textCell(wire.reason),
    source_event: textCell(wire.source_event),
    actor: textCell(wire.actor),
    idempotency_key: textCell(wire.idempotency_key),
    debit_account: textCell(wire.debit_account),
    credit_account: textCell(wire.credit_account),
    available_at: wire.available_at ?? '',
    expires_at: wire.expires_at ?? '',
    metadata: textCell(JSON.stringify(wire.metadata)),
  }
}

function balanceCells(amounts: Amounts, currency: string): Cells {
  const { availableCents, pendingCents, debtCents } = amounts
  return {
    balance: decimalOf(availableCents, currency),
    pending: decimalOf(pendingCents, currency),
    debt: decimalOf(debtCents, currency),
    balance_cents: String(availableCents),
    pending_cents: String(pendingCents),
    debt_cents: String(debtCents),
  }
}
