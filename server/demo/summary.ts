import type { Balance, Verification } from '@pineos/contract/ledger.ts'
import Table from 'cli-table3'
import { decimalOf } from '../ledger/wire.ts'
import type { DemoResult } from './demo.ts'
import type { CurrencySum } from './tally.ts'

/** The closing tables: what became of the events, and who has most. Plain text without colours. */
export function formatSummary(result: DemoResult): string {
  const counts: [string, string][] = [
    ['Events accepted', count(result.accepted)],
    ['Events refused', count(result.refused)],
    ['Duplicates', count(result.duplicates)],
    ['Conflicts', count(result.conflicts)],
    ['Rewards paid', formatRewards(result.rewardsPaid)],
    ['verify', formatVerification(result.verification)],
  ]
  return [
    table(['Outcome', ''], counts),
    table(['Highest balances', ''], result.topBalances.map(balanceRow)),
    ...(result.isUnchanged ? ['Nothing was changed: everything was there already.'] : []),
  ].join('\n')
}

function formatRewards(sums: readonly CurrencySum[]): string {
  if (sums.length === 0) return '0'
  return sums
    .map((sum) => `${count(sum.count)} (${money(BigInt(sum.amountCents), sum.currency)})`)
    .join('\n')
}

function formatVerification({ ok, checks }: Verification): string {
  if (ok) return 'ok'
  return ['NOT OK', ...checks.filter((check) => !check.ok).map((check) => check.name)].join('\n')
}

function balanceRow(balance: Balance): [string, string] {
  return [balance.user_id, money(BigInt(balance.balance_cents), balance.currency)]
}

function money(amountCents: bigint, currency: string): string {
  const [whole = '', decimals] = decimalOf(amountCents, currency).split('.')
  return `${grouped(whole)}${decimals === undefined ? '' : `.${decimals}`} ${currency}`
}

function count(value: number): string {
  return grouped(String(value))
}

/** Digits in groups of three, the same in every locale: the table is compared with a committed one. */
function grouped(digits: string): string {
  return digits.replace(/\B(?=(?:\d{3})+$)/g, ',')
}

function table(head: [string, string], rows: readonly [string, string][]): string {
  const formatted = new Table({
    head,
    colAligns: ['left', 'right'],
    style: { head: [], border: [], compact: true },
  })
  formatted.push(...rows)
  return formatted.toString()
}
