import { accountMovements } from './account-movements.ts'
import { chainFault, isChainBroken } from './entry-chain.ts'
import { flowTable, isAgainstItsFlow } from './flow-effects.ts'

/** What must be true of the whole ledger: checks that one pass over it answers together. */
export interface VerificationPass {
  /** The checks by name, each with the count of what it compares. */
  readonly checks: Readonly<Record<string, string>>
  /** Quick passes read kept sums alone; the others read every entry. */
  readonly isQuick: boolean
  /** Selects whether there is anything to compare, where that can be known at once. */
  readonly isNeeded?: string
  /**
   * Selects what contradicts a check: `entry_id`, `account` and `detail`; `user_id` and `currency`
   * where it belongs to the account of a user; `name` of the check where the pass has several.
   */
  readonly faults: string
}

const allEntries = 'select count(*)::text as checked from ledger_entries'

/**
 * Each is one pass over the entries, joined and summed by hashing: nothing has to be sorted, and the
 * passes can run in parallel. Order matters only to faults, of which there are few.
 */
export const verificationPasses: readonly VerificationPass[] = [
  {
    checks: {
      sums_are_zero: `select count(distinct currency)::text as checked from account_stripes`,
    },
    isQuick: true,
    faults: `
      with sums as (
        select currency, sum(debits_cents - credits_cents) as net from account_stripes group by currency
        union all
        select currency, -sum(available_cents + pending_cents - debt_cents) from user_balances group by currency
      )
      select null as entry_id, null as account,
        format('%s: debits and credits of all accounts differ by %s', currency, sum(net)) as detail
      from sums group by currency having sum(net) <> 0`,
  },
  {
    checks: {
      counts_equal_versions: `select count(distinct currency)::text as checked from ledger_totals`,
    },
    isQuick: true,
    faults: `
      with counts as (
        select currency, sum(entries) as entries from ledger_totals group by currency
        union all
        select currency, -sum(version) from user_balances group by currency
      )
      select null as entry_id, null as account,
        format('%s: the counted entries differ from the versions of the balances by %s', currency, sum(entries)) as detail
      from counts group by currency having sum(entries) <> 0`,
  },
  {
    checks: { entries_follow_their_flow: allEntries, running_balances_follow: allEntries },
    isQuick: false,
    // Each entry against the one before it: so the first that is wrong is named, and it alone.
    faults: `
      with wrong as (
        select e.id, e.user_id, e.currency, e.user_sequence,
          case when ${isAgainstItsFlow}
            then format('flow %s may not move %s from %s to %s', e.flow, e.amount_cents, e.debit_account, e.credit_account)
          end as flow_fault,
          case when ${isChainBroken} then ${chainFault} end as chain_fault
        from ledger_entries e
        left join ledger_entries p
          on p.user_id = e.user_id and p.currency = e.currency and p.user_sequence = e.user_sequence - 1
        left join ${flowTable} on f.flow = e.flow
        where ${isAgainstItsFlow} or ${isChainBroken}
      )
      select v.name, w.id as entry_id, format('user:%s', w.user_id) as account, w.user_id, w.currency, v.detail
      from wrong w
      cross join lateral (values
        ('entries_follow_their_flow', w.flow_fault), ('running_balances_follow', w.chain_fault)) as v (name, detail)
      where v.detail is not null
      order by w.user_id, w.currency, w.user_sequence`,
  },
  {
    checks: { balances_equal_entries: 'select count(*)::text as checked from user_balances' },
    isQuick: false,
    // The last entry carries the sum of all where each follows from the one before it, which is
    // another check. An account without a balance is looked for where the counts, which are another
    // check too, say that there is one.
    faults: `
      select null as entry_id, format('user:%s', b.user_id) as account, b.user_id, b.currency,
        format('%s: balance %s, pending %s, debt %s, version %s are kept, the entries give %s, %s, %s, %s',
          b.currency, b.available_cents, b.pending_cents, b.debt_cents, b.version,
          e.balance_after_cents, e.pending_after_cents, e.debt_after_cents, e.user_sequence) as detail
      from user_balances b
      left join lateral (
        select e.* from ledger_entries e where e.user_id = b.user_id and e.currency = b.currency
        order by e.user_sequence desc limit 1
      ) e on true
      where b.available_cents is distinct from e.balance_after_cents
        or b.pending_cents is distinct from e.pending_after_cents
        or b.debt_cents is distinct from e.debt_after_cents
        or b.version is distinct from e.user_sequence
      union all
      select null, format('user:%s', e.user_id), e.user_id, e.currency,
        format('%s: no balance is kept of an account with entries', e.currency)
      from ledger_entries e
      where e.user_sequence = 1
        and (select coalesce(sum(version), 0) from user_balances)
          <> (select coalesce(sum(entries), 0) from ledger_totals)
        and not exists (select from user_balances b where b.user_id = e.user_id and b.currency = e.currency)
      order by 2`,
  },
  {
    checks: {
      accounts_equal_entries: 'select count(*)::text as checked from account_stripes',
      totals_equal_entries: 'select count(*)::text as checked from ledger_totals',
    },
    isQuick: false,
    faults: `
      with flowed as (
        select flow, currency, amount_cents,
          case when debit_account not like 'user:%' then debit_account end as debited,
          case when credit_account not like 'user:%' then credit_account end as credited
        from ledger_entries
      ), moved as materialized (
        select flow, currency, debited, credited, count(*) as entries, sum(amount_cents) as amount
        from flowed group by 1, 2, 3, 4
      ), accounts as (
        select a.account, m.currency, sum(a.debits) as debits, sum(a.credits) as credits
        from moved m
        cross join lateral (values (m.debited, m.amount, 0), (m.credited, 0, m.amount))
          as a (account, debits, credits)
        where a.account is not null
        group by 1, 2
      ), kept_accounts as (
        select account, currency, sum(debits_cents) as debits, sum(credits_cents) as credits
        from account_stripes group by 1, 2
      ), totals as (
        select flow, currency, sum(entries) as entries, sum(amount) as amount from moved group by 1, 2
      ), kept_totals as (
        select flow, currency, sum(entries) as entries, sum(amount_cents) as amount
        from ledger_totals group by 1, 2
      )
      select 'accounts_equal_entries' as name, null as entry_id, coalesce(k.account, s.account) as account,
        format('%s: debits %s and credits %s are kept, the entries give %s and %s',
          coalesce(k.currency, s.currency), k.debits, k.credits, s.debits, s.credits) as detail
      from kept_accounts k full join accounts s on s.account = k.account and s.currency = k.currency
      where k.debits is distinct from s.debits or k.credits is distinct from s.credits
      union all
      select 'totals_equal_entries', null, null,
        format('flow %s in %s: %s entries over %s are kept, the entries give %s over %s',
          coalesce(k.flow, s.flow), coalesce(k.currency, s.currency), k.entries, k.amount, s.entries, s.amount)
      from kept_totals k full join totals s on s.flow = k.flow and s.currency = k.currency
      where k.entries is distinct from s.entries or k.amount is distinct from s.amount
      order by 3, 4`,
  },
  {
    checks: { reversals_and_holds_match: 'select count(*)::text as checked from entry_positions' },
    isQuick: false,
    faults: `
      with related as materialized (
        select related_entry_id as id,
          coalesce(sum(amount_cents) filter (where entry_type = 'reversal'), 0) as reversed,
          coalesce(sum(amount_cents) filter (where entry_type = 'expiry'), 0) as expired,
          coalesce(sum(amount_cents) filter (where flow in ('confirm', 'reverse_pending', 'lapse')), 0) as left_pending
        from ledger_entries where related_entry_id is not null group by 1
      ), expected as (
        select e.user_id, e.currency, e.id, e.amount_cents,
          coalesce(r.reversed, 0) as reversed, coalesce(r.expired, 0) as expired,
          case when e.flow = 'credit_pending' then e.amount_cents - coalesce(r.left_pending, 0) else 0 end as pending
        from ledger_entries e left join related r on r.id = e.id
        where r.reversed > 0 or r.expired > 0 or r.left_pending > 0 or e.flow = 'credit_pending'
          or (e.flow = 'credit' and e.expires_at is not null)
      )
      select coalesce(x.id, p.entry_id) as entry_id, null as account,
        coalesce(x.user_id, p.user_id) as user_id, coalesce(x.currency, p.currency) as currency,
        format('of %s, %s pending, %s reversed and %s expired are kept, the entries give %s, %s and %s',
          coalesce(x.amount_cents, p.amount_cents), p.pending_cents, p.reversed_cents, p.expired_cents,
          x.pending, x.reversed, x.expired) as detail
      from expected x
      full join entry_positions p on p.user_id = x.user_id and p.entry_id = x.id
      where p.pending_cents is distinct from x.pending
        or p.reversed_cents is distinct from x.reversed
        or p.expired_cents is distinct from x.expired
        or p.amount_cents is distinct from x.amount_cents
        or x.reversed + x.expired > x.amount_cents
      order by 1`,
  },
  {
    checks: {
      unspent_lots_match:
        'select count(*)::text as checked from entry_positions where unspent_cents > 0',
    },
    isQuick: false,
    faults: `
      with lots as (
        select user_id, currency, sum(unspent_cents) as unspent
        from entry_positions where unspent_cents > 0 group by 1, 2
      )
      select null as entry_id, format('user:%s', coalesce(b.user_id, l.user_id)) as account,
        coalesce(b.user_id, l.user_id) as user_id, coalesce(b.currency, l.currency) as currency,
        format('%s: %s is kept as expiring, the credits that expire have %s unspent',
          coalesce(b.currency, l.currency), b.expiring_cents, coalesce(l.unspent, 0)) as detail
      from user_balances b
      full join lots l on l.user_id = b.user_id and l.currency = b.currency
      where b.expiring_cents is distinct from coalesce(l.unspent, 0)
      order by 2`,
  },
  {
    checks: { closed_periods_stand: 'select count(*)::text as checked from closed_period_sums' },
    isQuick: false,
    isNeeded: `
      select exists (select from summed_periods) or exists (select from closed_period_sums) as is_needed`,
    faults: `
      with moved as (
        select c.closed_until, a.account, e.currency, sum(a.debits) as debits, sum(a.credits) as credits
        from summed_periods c
        join ledger_entries e on e.effective_at < c.closed_until
        ${accountMovements}
        group by 1, 2, 3
      )
      select null as entry_id, coalesce(s.account, m.account) as account,
        format('%s before %s: debits %s and credits %s were closed, the entries give %s and %s',
          coalesce(s.currency, m.currency), coalesce(s.closed_until, m.closed_until),
          s.debits_cents, s.credits_cents, m.debits, m.credits) as detail
      from closed_period_sums s
      full join moved m
        on m.closed_until = s.closed_until and m.account = s.account and m.currency = s.currency
      where s.debits_cents is distinct from m.debits or s.credits_cents is distinct from m.credits
      order by 3`,
  },
  {
    checks: { keys_match_entries: 'select count(*)::text as checked from idempotency_records' },
    isQuick: false,
    faults: `
      select coalesce(e.id, r.entry_id) as entry_id, null as account,
        coalesce(e.user_id, r.user_id) as user_id, e.currency,
        case
          when e.id is null then format('the entry of idempotency key %s is missing', r.key)
          else format('the entry has no idempotency record under its key %s', e.idempotency_key)
        end as detail
      from (select owner_id, key, entry_id, user_id from idempotency_records where user_id is not null) r
      full join (select * from ledger_entries where flow not in ('debt', 'netting')) e
        on e.user_id = r.user_id and e.id = r.entry_id
      where e.id is null or r.entry_id is null or e.idempotency_key <> r.key
      union all
      select c.id, null, c.user_id, c.currency, 'the entry that it came with is missing or has another idempotency key'
      from ledger_entries c
      left join ledger_entries e on e.user_id = c.user_id and e.id = c.related_entry_id
        and e.idempotency_key = c.idempotency_key
      where c.flow in ('debt', 'netting') and e.id is null
        and exists (select from ledger_totals t where t.flow in ('debt', 'netting'))
      order by 1`,
  },
  {
    checks: { events_match_entries: 'select count(*)::text as checked from events' },
    isQuick: false,
    faults: `
      select e.id as entry_id, null as account,
        format('its event %s is not stored', e.source_event) as detail
      from ledger_entries e
      where e.source_event is not null
        and not exists (select from events v where v.source || '/' || v.id = e.source_event)
      union all
      select null, null, format('event %s/%s has no decision', v.source, v.id)
      from events v
      where not exists (select from decisions d where d.source = v.source and d.event_id = v.id)
      order by 3`,
  },
]
