import { type AccountKind, isUserAccount } from '@pineos/core/ledger/accounts.ts'
import { flows } from '@pineos/core/ledger/flows.ts'
import type { Posting } from '@pineos/core/ledger/posting.ts'
import type { BoundStatement, Statement } from './connection.ts'
import { byBothNames } from './order.ts'
import { pairKey } from './working-set.ts'

const stripesStatement: Statement = {
  name: 'journal_save_stripes',
  sql: `
    insert into account_stripes as s (account, currency, stripe, debits_cents, credits_cents)
    select n.account, n.currency, $5::integer, n.debits_cents, n.credits_cents
    from unnest($1::text[], $2::text[], $3::numeric[], $4::numeric[])
      as n (account, currency, debits_cents, credits_cents)
    on conflict (account, currency, stripe) do update
    set debits_cents = s.debits_cents + excluded.debits_cents,
      credits_cents = s.credits_cents + excluded.credits_cents`,
}

const totalsStatement: Statement = {
  name: 'journal_save_totals',
  sql: `
    insert into ledger_totals as t (flow, currency, stripe, entries, amount_cents)
    select n.flow, n.currency, $5::integer, n.entries, n.amount_cents
    from unnest($1::text[], $2::text[], $3::bigint[], $4::numeric[])
      as n (flow, currency, entries, amount_cents)
    on conflict (flow, currency, stripe) do update
    set entries = t.entries + excluded.entries, amount_cents = t.amount_cents + excluded.amount_cents`,
}

interface AccountSum {
  readonly names: readonly [string, string]
  debitsCents: bigint
  creditsCents: bigint
}

interface FlowSum {
  readonly names: readonly [string, string]
  entries: bigint
  amountCents: bigint
}

/** Adds what the postings moved to this process's stripe of the system accounts and of the totals. */
export function saveSums(postings: readonly Posting[], stripe: number): readonly BoundStatement[] {
  if (postings.length === 0) return []
  const accounts = sorted(accountSums(postings))
  const totals = sorted(flowSums(postings))
  const accountValues = [
    accounts.map(({ names }) => names[0]),
    accounts.map(({ names }) => names[1]),
    accounts.map(({ debitsCents }) => debitsCents.toString()),
    accounts.map(({ creditsCents }) => creditsCents.toString()),
    stripe,
  ]
  const totalValues = [
    totals.map(({ names }) => names[0]),
    totals.map(({ names }) => names[1]),
    totals.map(({ entries }) => entries.toString()),
    totals.map(({ amountCents }) => amountCents.toString()),
    stripe,
  ]
  return [
    ...(accounts.length > 0 ? [{ statement: stripesStatement, values: accountValues }] : []),
    { statement: totalsStatement, values: totalValues },
  ]
}

function accountSums(postings: readonly Posting[]): Map<string, AccountSum> {
  const sums = new Map<string, AccountSum>()
  const sumOf = (kind: AccountKind, account: string, currency: string): AccountSum | null => {
    if (isUserAccount(kind)) return null
    const key = pairKey(account, currency)
    const known = sums.get(key)
    if (known) return known
    const fresh: AccountSum = { names: [account, currency], debitsCents: 0n, creditsCents: 0n }
    sums.set(key, fresh)
    return fresh
  }
  for (const { entry } of postings) {
    const debited = sumOf(flows[entry.flow].from, entry.debitAccount, entry.currency)
    if (debited) debited.debitsCents += entry.amountCents
    const credited = sumOf(flows[entry.flow].to, entry.creditAccount, entry.currency)
    if (credited) credited.creditsCents += entry.amountCents
  }
  return sums
}

function flowSums(postings: readonly Posting[]): Map<string, FlowSum> {
  const sums = new Map<string, FlowSum>()
  for (const { entry } of postings) {
    const key = pairKey(entry.flow, entry.currency)
    const sum = sums.get(key) ?? {
      names: [entry.flow, entry.currency] as const,
      entries: 0n,
      amountCents: 0n,
    }
    sum.entries += 1n
    sum.amountCents += entry.amountCents
    sums.set(key, sum)
  }
  return sums
}

function sorted<Sum extends { readonly names: readonly [string, string] }>(
  sums: Map<string, Sum>,
): Sum[] {
  return [...sums.values()].sort((a, b) => byBothNames(a.names, b.names))
}
