import type { UserBalance } from '@pineos/core/ledger/entry.ts'
import { plainArray, textArray } from './array-literal.ts'
import type { BoundStatement, Statement } from './connection.ts'
import { byName } from './order.ts'
import type { SaveContext } from './save-context.ts'
import { pairKey, type WorkingSet } from './working-set.ts'

const insertBalancesStatement: Statement = {
  name: 'journal_insert_balances',
  sql: `
    insert into user_balances
      (user_id, currency, available_cents, pending_cents, debt_cents, expiring_cents, version, updated_at)
    select n.user_id, n.currency, n.available_cents, n.pending_cents, n.debt_cents, n.expiring_cents,
      n.version, $8::timestamptz
    from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[])
      as n (user_id, currency, available_cents, pending_cents, debt_cents, expiring_cents, version)`,
}

// Of another version than was loaded, updated at a later time than that of the batch (by a process
// whose clock is ahead) or put in quarantine since, the balance becomes null, which the table refuses:
// the statement fails, and with it the transaction. A predicate would silently change nothing.
const updateBalancesStatement: Statement = {
  name: 'journal_update_balances',
  sql: `
    update user_balances b
    set available_cents = case
        when b.version = n.loaded_version and b.updated_at <= $9::timestamptz
          and not b.is_quarantined then n.available_cents
      end,
      pending_cents = n.pending_cents, debt_cents = n.debt_cents, expiring_cents = n.expiring_cents,
      version = n.version, updated_at = $9::timestamptz
    from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[])
      as n (user_id, currency, available_cents, pending_cents, debt_cents, expiring_cents, version,
        loaded_version)
    where b.user_id = n.user_id and b.currency = n.currency`,
}

/**
 * Saves the balances. It fails where another writer has changed or created one since they were loaded,
 * or has changed one at a later time than that of the batch.
 */
export function saveBalances(
  set: WorkingSet,
  { loaded, recordedAt }: SaveContext,
): readonly BoundStatement[] {
  const changed = new Map<string, UserBalance>()
  for (const { balance } of set.postings)
    changed.set(pairKey(balance.userId, balance.currency), balance)
  const created: UserBalance[] = []
  const updated: UserBalance[] = []
  const loadedVersions: bigint[] = []
  const sorted = [...changed].sort(
    ([, a], [, b]) => byName(a.userId, b.userId) || byName(a.currency, b.currency),
  )
  for (const [key, balance] of sorted) {
    const version = loaded.versions.get(key)
    if (version === undefined) created.push(balance)
    else {
      updated.push(balance)
      loadedVersions.push(version)
    }
  }
  const createdValues = [...columns(created), recordedAt]
  const updatedValues = [...columns(updated), plainArray(loadedVersions), recordedAt]
  return [
    ...(created.length > 0 ? [{ statement: insertBalancesStatement, values: createdValues }] : []),
    ...(updated.length > 0 ? [{ statement: updateBalancesStatement, values: updatedValues }] : []),
  ]
}

function columns(balances: readonly UserBalance[]): string[] {
  return [
    textArray(balances.map((balance) => balance.userId)),
    plainArray(balances.map((balance) => balance.currency)),
    plainArray(balances.map((balance) => balance.availableCents)),
    plainArray(balances.map((balance) => balance.pendingCents)),
    plainArray(balances.map((balance) => balance.debtCents)),
    plainArray(balances.map((balance) => balance.expiringCents)),
    plainArray(balances.map((balance) => balance.version)),
  ]
}

/** For the proof that it finds its rows by index. */
export const saveBalancesStatements: readonly Statement[] = [updateBalancesStatement]
