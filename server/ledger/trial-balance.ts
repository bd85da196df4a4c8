import type { FlowName, TrialBalance } from '@pineos/contract/ledger.ts'
import {
  type AccountKind,
  accountKinds,
  isUserAccount,
  programAccountKind,
} from '@pineos/core/ledger/accounts.ts'
import { flows } from '@pineos/core/ledger/flows.ts'
import type pg from 'pg'

interface TotalRow {
  readonly flow: FlowName
  readonly currency: string
  readonly entries: string
  readonly amount_cents: string
}

interface StripeRow {
  readonly account: string
  readonly currency: string
  readonly debits_cents: string
  readonly credits_cents: string
}

interface Sum {
  readonly account: string
  readonly kind: AccountKind
  readonly currency: string
  debits: bigint
  credits: bigint
}

/**
 * Debits, credits and balance of every account per currency: the accounts of users summed up by kind
 * from the totals of the flows, those of the program one by one. Cheap at any number of entries.
 */
export async function readTrialBalance(pool: pg.Pool): Promise<TrialBalance> {
  const [totals, stripes] = await Promise.all([
    pool.query<TotalRow>(
      `select flow, currency, sum(entries)::text as entries, sum(amount_cents)::text as amount_cents
       from ledger_totals group by flow, currency order by currency, flow`,
    ),
    pool.query<StripeRow>(
      `select account, currency, sum(debits_cents)::text as debits_cents,
         sum(credits_cents)::text as credits_cents
       from account_stripes group by account, currency order by currency, account`,
    ),
  ])
  const sums = [...userSums(totals.rows), ...stripes.rows.map(programSum)].sort(
    (a, b) => compare(a.currency, b.currency) || compare(a.account, b.account),
  )
  return {
    accounts: sums.map((sum) => {
      const normalSide = accountKinds[sum.kind].normalSide
      const balance = normalSide === 'debit' ? sum.debits - sum.credits : sum.credits - sum.debits
      return {
        account: sum.account,
        kind: sum.kind,
        currency: sum.currency,
        normal_side: normalSide,
        debits_cents: Number(sum.debits),
        credits_cents: Number(sum.credits),
        balance_cents: Number(balance),
      }
    }),
    totals: currencyTotals(sums, totals.rows),
  }
}

function userSums(rows: readonly TotalRow[]): Sum[] {
  const sums = new Map<string, Sum>()
  for (const row of rows) {
    const { from, to } = flows[row.flow]
    for (const [kind, side] of [
      [from, 'debits'],
      [to, 'credits'],
    ] as const) {
      if (!isUserAccount(kind)) continue
      const key = `${kind} ${row.currency}`
      const account = accountKinds[kind].pattern
      const sum = sums.get(key) ?? {
        account,
        kind,
        currency: row.currency,
        debits: 0n,
        credits: 0n,
      }
      sum[side] += BigInt(row.amount_cents)
      sums.set(key, sum)
    }
  }
  return [...sums.values()]
}

function programSum(row: StripeRow): Sum {
  return {
    account: row.account,
    kind: programAccountKind(row.account),
    currency: row.currency,
    debits: BigInt(row.debits_cents),
    credits: BigInt(row.credits_cents),
  }
}

function currencyTotals(sums: readonly Sum[], rows: readonly TotalRow[]): TrialBalance['totals'] {
  const currencies = [...new Set(sums.map((sum) => sum.currency))]
  return currencies.map((currency) => {
    const own = sums.filter((sum) => sum.currency === currency)
    const debits = own.reduce((total, sum) => total + sum.debits, 0n)
    const credits = own.reduce((total, sum) => total + sum.credits, 0n)
    const entries = rows
      .filter((row) => row.currency === currency)
      .reduce((total, row) => total + BigInt(row.entries), 0n)
    return {
      currency,
      debits_cents: Number(debits),
      credits_cents: Number(credits),
      entries: Number(entries),
      is_balanced: debits === credits,
    }
  })
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
