import { plainArray, textArray } from './array-literal.ts'
import type { BoundStatement, Statement } from './connection.ts'
import type { EventHold } from './event-hold.ts'
import { byBothNames } from './order.ts'
import type { WorkingSet } from './working-set.ts'

// Which of two events that began a referral at once was first matters to nobody who saves beside others:
// where it does, the batch has the writers' lock alone.
const referralsStatement: Statement = {
  name: 'journal_save_referrals',
  sql: `
    insert into referrals (referrer_id, referred_id, started_at, source, event_id)
    select n.referrer_id, n.referred_id, n.started_at, n.source, n.event_id
    from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
      as n (referrer_id, referred_id, started_at, source, event_id)
    on conflict (referrer_id, referred_id) do nothing`,
}

const holdsStatement: Statement = {
  name: 'journal_save_holds',
  sql: `
    insert into event_holds (event_type, match_path, match_value, entry_id, user_id, currency)
    select n.event_type, n.match_path, n.match_value, n.entry_id, n.user_id, n.currency
    from unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[])
      as n (event_type, match_path, match_value, entry_id, user_id, currency)`,
}

const endHoldsStatement: Statement = {
  name: 'journal_end_holds',
  sql: `
    delete from event_holds h
    using unnest($1::text[], $2::text[], $3::text[], $4::uuid[])
      as n (event_type, match_path, match_value, entry_id)
    where h.event_type = n.event_type and h.match_path = n.match_path
      and h.match_value = n.match_value and h.entry_id = n.entry_id`,
}

/** Saves referrals that have begun, credits that wait for an event and those that wait no longer. */
export function saveHolds(set: WorkingSet): readonly BoundStatement[] {
  const referrals = [...set.newReferrals].sort((a, b) =>
    byBothNames([a.referrerId, a.referredId], [b.referrerId, b.referredId]),
  )
  const ended = set.endedHolds
  return [
    ...bound(referralsStatement, referrals, [
      textArray(referrals.map(({ referrerId }) => referrerId)),
      textArray(referrals.map(({ referredId }) => referredId)),
      plainArray(referrals.map(({ startedAt }) => startedAt)),
      textArray(referrals.map(({ source }) => source)),
      textArray(referrals.map(({ eventId }) => eventId)),
    ]),
    ...bound(holdsStatement, set.newHolds, [
      ...holdColumns(set.newHolds),
      textArray(set.newHolds.map(({ userId }) => userId)),
      plainArray(set.newHolds.map(({ currency }) => currency)),
    ]),
    ...bound(endHoldsStatement, ended, holdColumns(ended)),
  ]
}

function bound(
  statement: Statement,
  rows: readonly unknown[],
  values: readonly unknown[],
): readonly BoundStatement[] {
  return rows.length > 0 ? [{ statement, values }] : []
}

function holdColumns(holds: readonly EventHold[]): string[] {
  return [
    textArray(holds.map(({ eventType }) => eventType)),
    textArray(holds.map(({ path }) => path)),
    textArray(holds.map(({ value }) => value)),
    plainArray(holds.map(({ entryId }) => entryId)),
  ]
}

/** For the proof that each finds its rows by index. */
export const saveHoldsStatements: readonly Statement[] = [endHoldsStatement]
