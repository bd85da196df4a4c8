import { Text } from '@mantine/core'
import type { Account, TrialBalance } from '@pineos/contract/ledger.ts'
import { useApi } from '../session/use-api.ts'
import { text } from '../text/en.ts'
import { formatMoney } from '../text/format.ts'
import { type Column, DataTable } from './data-table.tsx'
import { Panel } from './panel.tsx'

interface Totals {
  readonly currency: string
  readonly balances: ReadonlyMap<string, number>
}

const money =
  (kind: string) =>
  ({ currency, balances }: Totals): string =>
    formatMoney(balances.get(kind) ?? 0, currency)

const columns: readonly Column<Totals>[] = [
  { title: text.overview.currency, cell: (totals) => totals.currency },
  { title: text.overview.rewards, cell: money('program_rewards'), isNumber: true },
  { title: text.overview.pending, cell: money('user_pending'), isNumber: true },
  { title: text.overview.available, cell: money('user_available'), isNumber: true },
  { title: text.overview.spent, cell: money('program_redemptions'), isNumber: true },
]

/** What was given, waits, can be spent and was spent, per currency, from the trial balance. */
export function TotalsPanel() {
  const trialBalance = useApi('listAccounts', {})
  return (
    <Panel title={text.overview.totals} query={trialBalance}>
      {(balance) => {
        const rows = totalsOf(balance)
        if (rows.length === 0) return <Text size="sm">{text.entry.none}</Text>
        return (
          <DataTable
            label={text.overview.totals}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.currency}
          />
        )
      }}
    </Panel>
  )
}

function totalsOf({ accounts, totals }: TrialBalance): Totals[] {
  return totals.map(({ currency }) => ({
    currency,
    balances: sumByKind(accounts.filter((account) => account.currency === currency)),
  }))
}

function sumByKind(accounts: readonly Account[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const { kind, balance_cents } of accounts)
    sums.set(kind, (sums.get(kind) ?? 0) + balance_cents)
  return sums
}
