import type { Balance } from '@pineos/contract/ledger.ts'
import { emptyBalance } from '@pineos/core/ledger/entry.ts'
import type pg from 'pg'
import { balanceAt, type Moment } from './balance-at.ts'
import { balanceToWire } from './wire.ts'

export interface Balances {
  /** What the user has in the currency; zeros for a user without entries. */
  current(userId: string, currency: string): Promise<Balance>
  /** The same as it stood at a moment, on either axis of time. */
  at(userId: string, currency: string, moment: Moment): Promise<Balance>
}

const lookupsPerQueryMax = 1_000

interface Lookup {
  readonly userId: string
  readonly currency: string
  readonly resolve: (balance: Balance) => void
  readonly reject: (error: unknown) => void
}

/**
 * Balances are read straight from their rows, never from a cache. Look-ups that come while a query
 * is under way wait for the next one and share it.
 */
export function createBalances({ pool }: { pool: pg.Pool }): Balances {
  let waiting: Lookup[] = []
  let isQuerying = false

  async function work(): Promise<void> {
    isQuerying = true
    while (waiting.length > 0) {
      // Lets the requests that have arrived together be parsed, so that they share the query.
      await new Promise((resolve) => setImmediate(resolve))
      const lookups = waiting.slice(0, lookupsPerQueryMax)
      waiting = waiting.slice(lookupsPerQueryMax)
      try {
        const found = await readBalances(pool, lookups)
        lookups.forEach((lookup, index) => {
          const balance = found[index]
          if (balance) lookup.resolve(balance)
        })
      } catch (error) {
        for (const lookup of lookups) lookup.reject(error)
      }
    }
    isQuerying = false
  }

  return {
    current: (userId, currency) =>
      new Promise((resolve, reject) => {
        waiting.push({ userId, currency, resolve, reject })
        if (!isQuerying) void work()
      }),
    at: async (userId, currency, moment) => {
      const { balance, updatedAt } = await balanceAt(pool, { userId, currency }, moment)
      return balanceToWire(balance, updatedAt)
    },
  }
}

interface BalanceRow {
  readonly position: bigint
  readonly available_cents: bigint
  readonly pending_cents: bigint
  readonly debt_cents: bigint
  readonly version: bigint
  readonly updated_at: Date
}

async function readBalances(
  pool: pg.Pool,
  lookups: readonly { userId: string; currency: string }[],
): Promise<Balance[]> {
  const { rows } = await pool.query<BalanceRow>({
    name: 'read_balances',
    text: `
      select w.position, b.available_cents, b.pending_cents, b.debt_cents, b.version, b.updated_at
      from unnest($1::text[], $2::text[]) with ordinality as w (user_id, currency, position)
      join user_balances b on b.user_id = w.user_id and b.currency = w.currency`,
    values: [lookups.map((lookup) => lookup.userId), lookups.map((lookup) => lookup.currency)],
  })
  const balances = lookups.map((lookup) =>
    balanceToWire(emptyBalance(lookup.userId, lookup.currency), null),
  )
  for (const row of rows) {
    const index = Number(row.position) - 1
    const lookup = lookups[index]
    if (lookup) balances[index] = balanceOf(lookup, row)
  }
  return balances
}

function balanceOf(
  { userId, currency }: { userId: string; currency: string },
  row: Omit<BalanceRow, 'position'>,
): Balance {
  const {
    available_cents: availableCents,
    pending_cents: pendingCents,
    debt_cents: debtCents,
  } = row
  return balanceToWire(
    {
      ...emptyBalance(userId, currency),
      availableCents,
      pendingCents,
      debtCents,
      version: row.version,
    },
    row.updated_at.toISOString(),
  )
}
