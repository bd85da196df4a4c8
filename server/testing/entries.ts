import type { FlowName } from '@pineos/contract/ledger.ts'
import { accountName } from '@pineos/core/ledger/accounts.ts'
import { flows } from '@pineos/core/ledger/flows.ts'
import type pg from 'pg'
import type { Entries } from '../ledger/entries.ts'
import type { EntryFilter } from '../ledger/entry-filter.ts'

/** What matters of an entry to whoever looks for entries. Times are milliseconds. */
export interface WrittenEntry {
  readonly id: string
  readonly userId: string
  readonly flow: FlowName
  readonly amountCents: number
  readonly currency: string
  readonly rewardId: string | null
  readonly relatedEntryId: string | null
  readonly actor: string
  readonly sourceEvent: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly effectiveMs: number
  readonly recordedMs: number
}

/** A UUIDv7 of this millisecond; `serial` orders those of one. */
export function idOf(ms: number, serial: number): string {
  const time = ms.toString(16).padStart(12, '0')
  const rest = serial.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest}`
}

/**
 * Writes entries as they are, past the journal and as the owner of the tables: for what a journal
 * cannot write, such as years of entries or entries with the ids of another clock.
 */
export async function writeEntries(
  owner: pg.Pool,
  entries: readonly WrittenEntry[],
): Promise<void> {
  const rows = entries.map((entry, index) => {
    const { from, to, entryType } = flows[entry.flow]
    const owners = { userId: entry.userId, programId: 'default' }
    return {
      user_id: entry.userId,
      id: entry.id,
      flow: entry.flow,
      entry_type: entryType,
      amount_cents: entry.amountCents,
      currency: entry.currency,
      debit_account: accountName(from, owners),
      credit_account: accountName(to, owners),
      // One number in use nowhere else serves every user.
      user_sequence: `${entry.recordedMs}${String(index % 1_000).padStart(3, '0')}`,
      balance_after_cents: 0,
      pending_after_cents: 0,
      debt_after_cents: 0,
      reward_id: entry.rewardId,
      related_entry_id: entry.relatedEntryId,
      reason: null,
      idempotency_key: entry.id,
      actor: entry.actor,
      source_event: entry.sourceEvent,
      metadata: entry.metadata,
      effective_at: new Date(entry.effectiveMs).toISOString(),
      recorded_at: new Date(entry.recordedMs).toISOString(),
    }
  })
  const columns = Object.keys(rows[0] ?? {}).join(', ')
  await owner.query(
    `insert into ledger_entries (${columns})
     select ${columns} from jsonb_populate_recordset(null::ledger_entries, $1::jsonb)`,
    [JSON.stringify(rows)],
  )
}

/** The accounts that entries of a flow debit and credit, for the model of a test. */
export function accountsOf({ flow, userId }: WrittenEntry): readonly string[] {
  const owners = { userId, programId: 'default' }
  return [flows[flow].from, flows[flow].to].map((kind) => accountName(kind, owners))
}

/** The ids on all pages of the list, from the first to the end, and how many pages they took. */
export async function listAll(
  entries: Entries,
  request: { filter: EntryFilter; limit: number; offset?: number },
): Promise<{ ids: readonly string[]; pages: number }> {
  const ids: string[] = []
  let cursor: string | undefined
  for (let pages = 1; ; pages++) {
    const page = await entries.list({
      filter: request.filter,
      limit: request.limit,
      offset: cursor === undefined ? (request.offset ?? 0) : 0,
      cursor,
    })
    if (page.entries.length > request.limit) throw new Error('a page is longer than asked for')
    ids.push(...page.entries.map(({ id }) => id))
    if (page.nextCursor === null) return { ids, pages }
    cursor = page.nextCursor
  }
}
