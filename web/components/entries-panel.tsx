import type { LedgerEntry } from '@pineos/contract/ledger.ts'
import { useApi } from '../session/use-api.ts'
import { text } from '../text/en.ts'
import { formatMoney, formatName } from '../text/format.ts'
import { type Column, DataTable } from './data-table.tsx'
import { Instant } from './instant.tsx'
import { EmptyState, Panel } from './panel.tsx'

const entriesShown = 10

// What matters most comes first: it is what a phone shows without scrolling.
const columns: readonly Column<LedgerEntry>[] = [
  { title: text.entry.time, cell: (entry) => <Instant at={entry.recorded_at} /> },
  { title: text.entry.user, cell: (entry) => entry.user_id },
  {
    title: text.entry.amount,
    cell: (entry) => formatMoney(entry.amount_cents, entry.currency),
    isNumber: true,
  },
  {
    title: text.entry.balance,
    cell: (entry) => formatMoney(entry.balance_after_cents, entry.currency),
    isNumber: true,
  },
  { title: text.entry.type, cell: (entry) => formatName(entry.flow) },
  { title: text.entry.reward, cell: (entry) => entry.reward_id ?? '–' },
]

/** The newest entries of the ledger. */
export function EntriesPanel() {
  const page = useApi('listEntries', { query: { limit: entriesShown } })
  return (
    <Panel title={text.overview.newest} query={page}>
      {({ entries }) =>
        entries.length === 0 ? (
          <EmptyState title={text.entry.none} hint={text.entry.noneHint} command={firstCredit()} />
        ) : (
          <DataTable
            label={text.overview.newest}
            columns={columns}
            rows={entries}
            rowKey={(entry) => entry.id}
          />
        )
      }
    </Panel>
  )
}

function firstCredit(): string {
  return `curl ${location.origin}/api/v1/ledger/credit \\
  -H "Authorization: Bearer $API_KEY" -H 'Content-Type: application/json' \\
  -H 'Idempotency-Key: first-credit' \\
  -d '{"user_id": "alice", "amount_cents": 50000, "reward_id": "welcome"}'`
}
