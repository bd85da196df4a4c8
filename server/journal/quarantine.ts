import type pg from 'pg'

/**
 * Takes the account into quarantine or out of it, within the transaction of the client; false where
 * that is what it was. From the commit on nothing is posted to an account in quarantine: a batch that
 * has loaded its balance before fails to save it, as over another version, and decides again.
 */
export async function setQuarantined(
  client: pg.ClientBase,
  account: { readonly userId: string; readonly currency: string },
  isQuarantined: boolean,
): Promise<boolean> {
  const { userId, currency } = account
  const changed = await client.query(
    `update user_balances set is_quarantined = $3::boolean
     where user_id = $1::text and currency = $2::text and is_quarantined <> $3::boolean`,
    [userId, currency, isQuarantined],
  )
  if (changed.rowCount === 1) return true
  if (!isQuarantined) return false
  // Of an account whose balance is lost this stands in its place, so that nothing begins it anew.
  const placed = await client.query(
    `insert into user_balances
       (user_id, currency, available_cents, pending_cents, version, updated_at, is_quarantined)
     select $1::text, $2::text, 0, 0, max(user_sequence), max(recorded_at), true
     from ledger_entries where user_id = $1::text and currency = $2::text
     having count(*) > 0
     on conflict (user_id, currency) do nothing`,
    [userId, currency],
  )
  return placed.rowCount === 1
}
