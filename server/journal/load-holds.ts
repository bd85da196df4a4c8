import { textArray } from './array-literal.ts'
import type { Statement } from './connection.ts'
import { confirmationsMax, type HoldKey, holdKey } from './event-hold.ts'
import type { Queries } from './load-counters.ts'
import type { StoredReferral } from './referral.ts'
import { pairKey, type WorkingSet } from './working-set.ts'

const holdsStatement: Statement = {
  name: 'journal_load_holds',
  sql: `
    select h.event_type, h.match_path, h.match_value, h.entry_id, h.user_id, h.currency
    from unnest($1::text[], $2::text[], $3::text[]) as wanted (event_type, match_path, match_value)
    cross join lateral (
      select * from event_holds h
      where h.event_type = wanted.event_type and h.match_path = wanted.match_path
        and h.match_value = wanted.match_value
      order by h.entry_id limit ${confirmationsMax}
    ) h`,
}

interface HoldRow {
  readonly event_type: string
  readonly match_path: string
  readonly match_value: string
  readonly entry_id: string
  readonly user_id: string
  readonly currency: string
}

/** Loads the credits that wait for events of these keys, the oldest of each. */
export async function loadHolds(
  connection: Queries,
  set: WorkingSet,
  keys: readonly HoldKey[],
): Promise<void> {
  const wanted = [...new Map(keys.map((key) => [holdKey(key), key])).values()]
  if (wanted.length === 0) return
  const { rows } = await connection.query<HoldRow>(holdsStatement, [
    textArray(wanted.map(({ eventType }) => eventType)),
    textArray(wanted.map(({ path }) => path)),
    textArray(wanted.map(({ value }) => value)),
  ])
  for (const row of rows) {
    set.wait({
      eventType: row.event_type,
      path: row.match_path,
      value: row.match_value,
      entryId: row.entry_id,
      userId: row.user_id,
      currency: row.currency,
    })
  }
}

const referralsStatement: Statement = {
  name: 'journal_load_referrals',
  sql: `
    select r.referrer_id, r.referred_id, r.started_at, r.source, r.event_id
    from unnest($1::text[], $2::text[]) as wanted (referrer_id, referred_id)
    join referrals r on r.referrer_id = wanted.referrer_id and r.referred_id = wanted.referred_id`,
}

interface ReferralRow {
  readonly referrer_id: string
  readonly referred_id: string
  readonly started_at: Date
  readonly source: string
  readonly event_id: string
}

/** Loads when the referrals of these pairs began, where they have. */
export async function loadReferrals(
  connection: Queries,
  set: WorkingSet,
  pairs: readonly Pick<StoredReferral, 'referrerId' | 'referredId'>[],
): Promise<void> {
  if (pairs.length === 0) return
  const { rows } = await connection.query<ReferralRow>(referralsStatement, [
    textArray(pairs.map(({ referrerId }) => referrerId)),
    textArray(pairs.map(({ referredId }) => referredId)),
  ])
  for (const row of rows) {
    const { referrer_id: referrerId, referred_id: referredId } = row
    set.referrals.rows.set(pairKey(referrerId, referredId), {
      referrerId,
      referredId,
      startedAt: row.started_at.toISOString(),
      source: row.source,
      eventId: row.event_id,
    })
  }
}

/** For the proof that each finds its rows by index. */
export const loadHoldsStatements: readonly Statement[] = [holdsStatement, referralsStatement]
