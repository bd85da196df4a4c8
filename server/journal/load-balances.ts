import type { EntryPosition, UserBalance } from '@pineos/core/ledger/entry.ts'
import { plainArray, textArray } from './array-literal.ts'
import type { JournalConnection, Statement } from './connection.ts'
import { pairKey, type WorkingSet } from './working-set.ts'

export type BalanceName = readonly [userId: string, currency: string]

/** What was in the database of the balances that a batch needs. */
export interface LoadedBalances {
  /** By user and currency; absent where there is no balance yet. */
  readonly versions: ReadonlyMap<string, bigint>
  /** The credits that expire, by the ids of their entries. */
  readonly lots: ReadonlyMap<string, EntryPosition>
  /** The latest time at which one of them was updated, where times were asked for; else 0. */
  readonly updatedAtMs: number
}

/** Loads balances into the working set; with `times` also when they were updated last. */
export async function loadBalances(
  connection: JournalConnection,
  set: WorkingSet,
  { names, times }: { names: readonly BalanceName[]; times: boolean },
): Promise<LoadedBalances> {
  const versions = new Map<string, bigint>()
  const lots = new Map<string, EntryPosition>()
  let updatedAtMs = 0
  if (names.length === 0) return { versions, lots, updatedAtMs }
  const { rows } = await connection.query<BalanceRow>(
    times ? timedBalancesStatement : balancesStatement,
    [textArray(names.map(([userId]) => userId)), plainArray(names.map(([, currency]) => currency))],
  )
  for (const row of rows) {
    const key = pairKey(row.user_id, row.currency)
    const balance = balanceFromRow(row)
    versions.set(key, row.version)
    set.balances.rows.set(key, balance)
    if (row.updated_at) updatedAtMs = Math.max(updatedAtMs, row.updated_at.getTime())
    if (row.lots === null) continue
    const open = row.lots.map((lot) => lotFromRow(balance, lot))
    const ids = open.map((lot) => lot.entryId)
    set.openLots.rows.set(key, ids)
    for (const lot of open) {
      lots.set(lot.entryId, lot)
      set.positions.rows.set(lot.entryId, lot)
    }
  }
  return { versions, lots, updatedAtMs }
}

const balancesStatement: Statement = { name: 'journal_load_balances', sql: balancesSql('') }
const timedBalancesStatement: Statement = {
  name: 'journal_load_timed_balances',
  sql: balancesSql(', b.updated_at'),
}

// With the credits that expire, in one statement: both are as of the same moment.
function balancesSql(more: string): string {
  return `
    select b.user_id, b.currency, b.available_cents, b.pending_cents, b.debt_cents, b.expiring_cents,
      b.version, b.is_quarantined,
      case when b.expiring_cents > 0 then (
        select json_agg(json_build_array(
          p.entry_id, p.amount_cents::text, p.reversed_cents::text, p.expired_cents::text,
          p.unspent_cents::text, p.expires_at))
        from entry_positions p
        where p.user_id = b.user_id and p.currency = b.currency and p.unspent_cents > 0
      ) end as lots${more}
    from unnest($1::text[], $2::text[]) as wanted (user_id, currency)
    join user_balances b on b.user_id = wanted.user_id and b.currency = wanted.currency`
}

interface BalanceRow {
  readonly user_id: string
  readonly currency: string
  readonly available_cents: bigint
  readonly pending_cents: bigint
  readonly debt_cents: bigint
  readonly expiring_cents: bigint
  readonly version: bigint
  readonly is_quarantined: boolean
  readonly lots: readonly LotRow[] | null
  readonly updated_at?: Date
}

type LotRow = readonly [
  entryId: string,
  amountCents: string,
  reversedCents: string,
  expiredCents: string,
  unspentCents: string,
  expiresAt: string,
]

function balanceFromRow(row: BalanceRow): UserBalance {
  return {
    userId: row.user_id,
    currency: row.currency,
    availableCents: row.available_cents,
    pendingCents: row.pending_cents,
    debtCents: row.debt_cents,
    expiringCents: row.expiring_cents,
    version: row.version,
    isQuarantined: row.is_quarantined,
  }
}

function lotFromRow(
  { userId, currency }: UserBalance,
  [entryId, amountCents, reversedCents, expiredCents, unspentCents, expiresAt]: LotRow,
): EntryPosition {
  // JSON of a timestamp has the offset of the session; all times of the ledger are in one form.
  const expiry = new Date(expiresAt).toISOString()
  return {
    userId,
    currency,
    entryId,
    amountCents: BigInt(amountCents),
    pendingCents: 0n,
    reversedCents: BigInt(reversedCents),
    expiredCents: BigInt(expiredCents),
    unspentCents: BigInt(unspentCents),
    expiresAt: expiry,
    // What is left for a lot to wait for.
    dueAt: expiry,
  }
}

/** For the proof that each finds its rows by index. */
export const loadBalancesStatements: readonly Statement[] = [
  balancesStatement,
  timedBalancesStatement,
]
