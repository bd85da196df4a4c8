import type { FlowName } from '@pineos/contract/ledger.ts'
import type { StatementHead, StatementPage } from '../ledger/statement.ts'
import { type Amounts, difference, type StatementLine } from '../ledger/statement-lines.ts'
import { decimalOf } from '../ledger/wire.ts'
import { html, type Markup } from './html.ts'
import { statementStyle } from './statement-style.ts'

const metadataCharactersMax = 300

/** What each flow is to a reader. */
const flowLabels: Readonly<Record<FlowName, string>> = {
  credit: 'Credit',
  credit_pending: 'Pending credit',
  confirm: 'Confirmation of a pending credit',
  debit: 'Debit',
  reverse_credit: 'Reversal of a credit',
  reverse_pending: 'Reversal of a pending credit',
  reverse_debit: 'Reversal of a debit',
  lapse: 'Expiry of a pending credit',
  expire: 'Expiry of a credit',
  debt: 'Debt',
  netting: 'Netting of debt',
  adjust_credit: 'Adjustment',
  adjust_debit: 'Adjustment',
}

const axisTexts: Readonly<Record<StatementHead['axis'], string>> = {
  recorded: 'by the time at which entries were recorded',
  effective: 'by the time from which entries count',
}

/** A statement as a page to read and to print: complete by itself, without scripts. */
export function statementPage(head: StatementHead, page: StatementPage): string {
  const { userId, currency, from, to, axis, knownAt } = head
  const known = knownAt === null ? [] : [html`<dt>As known</dt><dd>${instant(knownAt)}</dd>`]
  const begin = from === null ? html`the beginning` : instant(from)
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Statement of ${userId}</title>
<link rel="icon" href="data:,">
<style>${{ markup: statementStyle }}</style>
</head>
<body>
<main>
<h1>Statement of ${userId}</h1>
<dl>
<dt>Currency</dt><dd>${currency}</dd>
<dt>From</dt><dd>${begin}</dd>
<dt>To, excluded</dt><dd>${instant(to)}</dd>
<dt>Order</dt><dd>${axisTexts[axis]}</dd>
${known}
</dl>
${balancesTable(head)}
<h2>Entries</h2>
${extent(head, page)}
${page.lines.length > 0 ? [entriesTable(head, page), totalsTable(head, page)] : []}
<p>All times are UTC.</p>
</main>
</body>
</html>
`
  return markup
}

function balancesTable({ opening, closing, currency }: StatementHead): Markup {
  const row = (name: string, { availableCents, pendingCents, debtCents }: Amounts, sign: boolean) =>
    html`<tr><th scope="row">${name}</th>${[availableCents, pendingCents, debtCents].map(
      (cents) => html`<td class="number">${amount(cents, currency, sign)}</td>`,
    )}</tr>
`
  return html`<div class="wide" role="region" aria-label="Balances" tabindex="0">
<table>
<caption>Balances in ${currency}</caption>
<thead><tr><td></td><th scope="col" class="number">Available</th><th scope="col" class="number">Pending</th><th scope="col" class="number">Debt</th></tr></thead>
<tbody>
${row('Opening balance', opening, false)}${row('Change', difference(closing, opening), true)}${row('Closing balance', closing, false)}</tbody>
</table>
</div>`
}

function extent({ total }: StatementHead, { lines, next }: StatementPage): Markup {
  if (total === 0n) return html`<p>There are no entries.</p>`
  if (BigInt(lines.length) === total) return html`<p>All ${count(total)} entries.</p>`
  const rest =
    next === null ? '' : ' More follow: ask for the next page, or for CSV, which has them all.'
  return html`<p class="note">${count(BigInt(lines.length))} of ${count(total)} entries are on this page.${rest}</p>`
}

function entriesTable(head: StatementHead, { lines }: StatementPage): Markup {
  const { currency } = head
  const all = [head.opening, head.closing, ...lines.map(({ running }) => running)]
  const others = [
    { name: 'Pending', of: (amounts: Amounts) => amounts.pendingCents },
    { name: 'Debt', of: (amounts: Amounts) => amounts.debtCents },
  ].filter(({ of }) => all.some((amounts) => of(amounts) !== 0n))
  const rows = lines.map(
    (line) => html`<tr><td class="number">${line.entry.userSequence}</td>
<td class="time">${times(head, line)}</td>
<td class="entry">${descriptionOf(line)}</td>
<td class="number">${changeOf(line, currency)}</td>
<td class="number">${amount(line.running.availableCents, currency, false)}</td>
${others.map(({ of }) => html`<td class="number">${amount(of(line.running), currency, false)}</td>`)}</tr>
`,
  )
  return html`<div class="wide" role="region" aria-label="Entries" tabindex="0">
<table>
<caption>Entries in ${currency}</caption>
<thead><tr><th scope="col" class="number">No.</th><th scope="col">Time</th><th scope="col">Entry</th><th scope="col" class="number">Change</th><th scope="col" class="number">Balance</th>${others.map(
    ({ name }) => html`<th scope="col" class="number">${name}</th>`,
  )}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>`
}

/** The time of the axis, and the other one where it differs. */
function times({ axis }: StatementHead, { entry }: StatementLine): Markup {
  const { effectiveAt, recordedAt } = entry
  if (effectiveAt === recordedAt) return instant(recordedAt)
  return axis === 'recorded'
    ? html`${instant(recordedAt)}<span class="detail">counts from ${instant(effectiveAt)}</span>`
    : html`${instant(effectiveAt)}<span class="detail">recorded ${instant(recordedAt)}</span>`
}

function descriptionOf({ entry }: StatementLine): Markup {
  const { flow, reason, rewardId, sourceEvent, metadata } = entry
  const details = [
    ...(reason === null ? [] : [reason]),
    ...(rewardId === null ? [] : [`Reward ${rewardId}`]),
    ...(sourceEvent === null ? [] : [`Event ${sourceEvent}`]),
    ...(Object.keys(metadata).length === 0 ? [] : [shortened(JSON.stringify(metadata))]),
  ]
  return html`${flowLabels[flow]}${details.map((detail) => html`<span class="detail">${detail}</span>`)}`
}

function shortened(text: string): string {
  return text.length > metadataCharactersMax ? `${text.slice(0, metadataCharactersMax)}…` : text
}

/** What the entry does to each balance; what it leaves alone is not named. */
function changeOf({ change }: StatementLine, currency: string): Markup {
  const parts = [
    { cents: change.availableCents, name: '' },
    { cents: change.pendingCents, name: ' pending' },
    { cents: change.debtCents, name: ' debt' },
  ].filter(({ cents }) => cents !== 0n)
  const [first, ...others] = parts.map(
    ({ cents, name }) => `${amount(cents, currency, true)}${name}`,
  )
  return html`${first ?? ''}${others.map((text) => html`<span class="detail">${text}</span>`)}`
}

/** The sums of the entries on the page, flow by flow. */
function totalsTable({ currency, total }: StatementHead, { lines }: StatementPage): Markup {
  const sums = new Map<FlowName, { count: bigint; cents: bigint }>()
  for (const { entry } of lines) {
    const sum = sums.get(entry.flow) ?? { count: 0n, cents: 0n }
    sums.set(entry.flow, { count: sum.count + 1n, cents: sum.cents + entry.amountCents })
  }
  const rows = [...sums].map(
    ([
      flow,
      sum,
    ]) => html`<tr><th scope="row">${flowLabels[flow]} <span class="detail">${flow}</span></th><td class="number">${count(sum.count)}</td><td class="number">${amount(sum.cents, currency, false)}</td></tr>
`,
  )
  const isWhole = BigInt(lines.length) === total
  return html`<h2>Totals</h2>
<div class="wide" role="region" aria-label="Totals" tabindex="0">
<table>
<caption>${isWhole ? 'All entries' : 'The entries on this page'}, in ${currency}</caption>
<thead><tr><th scope="col">Entry</th><th scope="col" class="number">Count</th><th scope="col" class="number">Sum</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>`
}

function instant(at: string): Markup {
  return html`<time datetime="${at}"><span>${at.slice(0, 10)}</span> <span>${at.slice(11, 19)}</span></time>`
}

function amount(cents: bigint, currency: string, isSigned: boolean): string {
  const [whole = '', fraction] = decimalOf(cents < 0n ? -cents : cents, currency).split('.')
  const sign = signOf(cents, isSigned)
  return `${sign}${grouped(whole)}${fraction === undefined ? '' : `.${fraction}`}`
}

function signOf(cents: bigint, isSigned: boolean): string {
  if (cents < 0n) return '\u2212'
  return isSigned && cents > 0n ? '+' : ''
}

function count(value: bigint): string {
  return grouped(value.toString())
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(?:\d{3})+$)/g, ',')
}
