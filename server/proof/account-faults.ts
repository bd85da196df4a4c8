import type pg from 'pg'
import { chainFault, isChainBroken } from '../ledger/entry-chain.ts'
import { flowTable, isAgainstItsFlow } from '../ledger/flow-effects.ts'
import type { AccountOfUser } from '../ledger/verify.ts'

/** Something that contradicts something else in one account. */
export interface AccountFault extends AccountOfUser {
  /** The name of the check of the complete proof that finds it too. */
  readonly check: string
  /** The entry that is wrong; null where it is the account as a whole. */
  readonly entryId: string | null
  readonly detail: string
}

/**
 * What to look at: SQL that selects whole rows of `ledger_entries`, and SQL that selects accounts
 * (`user_id`, `currency`) besides those of the entries. Both share the parameters.
 */
export interface Selection {
  readonly entries: string
  readonly accounts?: string
  readonly values: readonly unknown[]
}

export interface Look {
  readonly faults: readonly AccountFault[]
  readonly entries: number
  /** The last of the entries in the order of the sequence index, and the last by id. */
  readonly last: (AccountOfUser & { readonly userSequence: bigint }) | null
  readonly newestId: string | null
}

/** Faults of one look; what is beyond is found in the next, as these accounts are in quarantine then. */
export const faultsPerLookMax = 1_000
/** Owners of idempotency keys that are tried for each entry; with more it is left to the complete proof. */
const ownersMax = 64

// Everything by index, whatever the planner knows of the tables: a look is a few thousand look-ups.
const lookSettings = `
  set local enable_seqscan = off;
  set local enable_hashjoin = off;
  set local enable_mergejoin = off;
  set local jit = off`

// Entries do not name the owner of their key, of whom there are few: each is tried. (The offset of
// nothing below keeps the planner from looking for the key under all owners at once.)
const owners = `
  owners (owner_id, place) as (
    (select owner_id, 1 from idempotency_records order by owner_id limit 1)
    union all
    select (select r.owner_id from idempotency_records r where r.owner_id > o.owner_id
            order by r.owner_id limit 1), o.place + 1
    from owners o where o.owner_id is not null and o.place < ${ownersMax}
  )`

// Each entry against the one before it, its flow, its key and the entry that it is about.
const judged = `
  judged as (
    select e.user_id, e.currency, e.id,
      case when ${isAgainstItsFlow}
        then format('flow %s may not move %s from %s to %s', e.flow, e.amount_cents, e.debit_account, e.credit_account)
      end as flow_fault,
      case when ${isChainBroken} then ${chainFault} end as chain_fault,
      case
        when e.flow in ('debt', 'netting') then case when c.idempotency_key is distinct from e.idempotency_key
          then 'the entry that it came with is missing or has another idempotency key' end
        when (select count(*) from owners) < ${ownersMax} and not exists (
            select from owners o cross join lateral (
              select r.entry_id, r.user_id from idempotency_records r
              where r.owner_id = o.owner_id and r.key = e.idempotency_key offset 0) r
            where r.entry_id = e.id and r.user_id = e.user_id)
          then format('the entry has no idempotency record under its key %s', e.idempotency_key)
      end as key_fault,
      case
        when e.related_entry_id is null or e.flow in ('debt', 'netting') then null
        when c.id is null then format('the entry %s that it is about is not there', e.related_entry_id)
        when c.user_sequence > e.user_sequence or c.flow <> all (case e.flow
            when 'reverse_credit' then array['credit', 'credit_pending']
            when 'expire' then array['credit', 'credit_pending']
            when 'reverse_debit' then array['debit']
            else array['credit_pending'] end)
          then format('a %s cannot be about entry %s, a %s', e.flow, c.id, c.flow)
      end as about_fault,
      case when t.is_wrong
        then format('of %s, %s pending, %s reversed and %s expired are kept, the entries give %s, %s and %s',
          e.amount_cents, t.kept_pending, t.kept_reversed, t.kept_expired, t.pending, t.reversed, t.expired)
      end as position_fault
    from looked e
    left join ${flowTable} on f.flow = e.flow
    left join ledger_entries p
      on p.user_id = e.user_id and p.currency = e.currency and p.user_sequence = e.user_sequence - 1
    left join ledger_entries c
      on c.user_id = e.user_id and c.id = e.related_entry_id and c.currency = e.currency
    cross join lateral (
      select s.*, s.pending is distinct from s.kept_pending or s.reversed is distinct from s.kept_reversed
        or s.expired is distinct from s.kept_expired or s.is_needed is distinct from s.is_kept
        or s.reversed + s.expired > e.amount_cents or not s.is_same as is_wrong
      from (
        select coalesce(r.reversed, 0) as reversed, coalesce(r.expired, 0) as expired,
          case when e.flow = 'credit_pending' then e.amount_cents - coalesce(r.left_pending, 0) else 0 end as pending,
          coalesce(k.reversed_cents, 0) as kept_reversed, coalesce(k.expired_cents, 0) as kept_expired,
          coalesce(k.pending_cents, 0) as kept_pending,
          coalesce(k.amount_cents = e.amount_cents and k.currency = e.currency, true) as is_same,
          k.entry_id is not null as is_kept,
          e.flow = 'credit_pending' or (e.flow = 'credit' and e.expires_at is not null)
            or coalesce(r.entries > 0, false) as is_needed
        from (select count(*) filter (where a.entry_type = 'reversal' or a.flow in ('confirm', 'lapse', 'expire')) as entries,
            sum(a.amount_cents) filter (where a.entry_type = 'reversal') as reversed,
            sum(a.amount_cents) filter (where a.entry_type = 'expiry') as expired,
            sum(a.amount_cents) filter (where a.flow in ('confirm', 'reverse_pending', 'lapse')) as left_pending
          from ledger_entries a where a.related_entry_id = e.id) r
        left join entry_positions k on k.user_id = e.user_id and k.entry_id = e.id
      ) s
    ) t
  )`

// What is kept of each account against its last entry, and what expires against its unspent credits.
const settled = `
  settled as (
    select a.user_id, a.currency,
      case when b.available_cents is distinct from l.balance_after_cents
          or b.pending_cents is distinct from l.pending_after_cents
          or b.debt_cents is distinct from l.debt_after_cents
          or b.version is distinct from l.user_sequence
        then format('%s: balance %s, pending %s, debt %s, version %s are kept, the last entry gives %s, %s, %s, %s',
          a.currency, b.available_cents, b.pending_cents, b.debt_cents, b.version,
          l.balance_after_cents, l.pending_after_cents, l.debt_after_cents, l.user_sequence)
      end as balance_fault,
      case when b.expiring_cents <> u.unspent
        then format('%s: %s is kept as expiring, the credits that expire have %s unspent',
          a.currency, b.expiring_cents, u.unspent)
      end as lots_fault
    from accounts a
    left join user_balances b on b.user_id = a.user_id and b.currency = a.currency
    left join lateral (
      select * from ledger_entries e where e.user_id = a.user_id and e.currency = a.currency
      order by e.user_sequence desc limit 1
    ) l on true
    cross join lateral (
      select coalesce(sum(k.unspent_cents), 0) as unspent from entry_positions k
      where k.user_id = a.user_id and k.currency = a.currency and k.unspent_cents > 0
    ) u
  )`

const found = `
  found as (
    select j.user_id, j.currency, j.id as entry_id, v.name, v.detail
    from judged j cross join lateral (values
      ('entries_follow_their_flow', j.flow_fault), ('running_balances_follow', j.chain_fault),
      ('keys_match_entries', j.key_fault), ('reversals_and_holds_match', j.about_fault),
      ('reversals_and_holds_match', j.position_fault)) as v (name, detail)
    where v.detail is not null
    union all
    select s.user_id, s.currency, null, v.name, v.detail
    from settled s cross join lateral (values
      ('balances_equal_entries', s.balance_fault), ('unspent_lots_match', s.lots_fault)) as v (name, detail)
    where v.detail is not null
  )`

interface LookRow {
  readonly entries: bigint
  readonly user_id: string | null
  readonly currency: string | null
  readonly user_sequence: bigint | null
  readonly newest_id: string | null
  readonly faults: readonly FaultJson[] | null
}

interface FaultJson {
  readonly user_id: string
  readonly currency: string
  readonly entry_id: string | null
  readonly name: string
  readonly detail: string
}

/**
 * Looks at the selected entries and at the accounts that they are in. Every check is of an entry with
 * what is beside it, so that a part of an account is checked as well as the whole; `inQuarantine` also
 * gives the faults of accounts that are in quarantine already.
 */
export async function look(
  client: pg.ClientBase,
  { entries, accounts, values }: Selection,
  inQuarantine: boolean,
): Promise<Look> {
  const text = `
    with recursive ${owners},
    looked as materialized (${entries}),
    accounts as materialized (
      select user_id, currency from looked ${accounts === undefined ? '' : `union ${accounts}`}
      ${accounts === undefined ? 'group by 1, 2' : ''}
    ), ${judged}, ${settled}, ${found},
    told as (
      select f.* from found f
      left join user_balances b on b.user_id = f.user_id and b.currency = f.currency
      where ${inQuarantine} or b.is_quarantined is distinct from true
      limit ${faultsPerLookMax}
    )
    select (select count(*) from looked) as entries, n.user_id, n.currency, n.user_sequence,
      (select max(l.id::text) from looked l) as newest_id,
      (select json_agg(t) from told t) as faults
    from (values (1)) as one (row)
    left join (
      select user_id, currency, user_sequence from looked
      order by user_id desc, currency desc, user_sequence desc limit 1
    ) n on true`
  const { rows } = await client.query<LookRow>(text, [...values])
  const row = rows[0]
  if (!row) throw new Error('a look is always one row')
  return {
    entries: Number(row.entries),
    last:
      row.user_id === null || row.currency === null || row.user_sequence === null
        ? null
        : { userId: row.user_id, currency: row.currency, userSequence: row.user_sequence },
    newestId: row.newest_id,
    faults: (row.faults ?? []).map(faultFromJson),
  }
}

/** Works in one snapshot that changes nothing, so that postings which happen meanwhile are no faults. */
export async function inSnapshot<Result>(
  client: pg.ClientBase,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query('begin transaction isolation level repeatable read, read only')
  await client.query(lookSettings)
  const result = await work()
  await client.query('commit')
  return result
}

function faultFromJson({ user_id, currency, entry_id, name, detail }: FaultJson): AccountFault {
  return { userId: user_id, currency, entryId: entry_id, check: name, detail }
}
