/**
 * `npx tsx bench/entries.ts`: the first and the hundredth page of the list of entries, for each kind of
 * filter, with few entries and with many. `--sizes 10000,10000000` are the numbers of entries.
 */
import { parseArgs } from 'node:util'
import { createEntries, type Entries } from '@pineos/server/ledger/entries.ts'
import type { EntryFilter } from '@pineos/server/ledger/entry-filter.ts'
import { fillEmptyTable, ruleIdOf } from './entry-fill.ts'
import { printHeading, printLine } from './report.ts'
import { onScratchCluster } from './scratch-cluster.ts'

const { values: options } = parseArgs({
  options: { sizes: { type: 'string', default: '10000,10000000' } },
})
const limit = 100
const pagesMax = 100
const roundsCount = 15

const filters: readonly (readonly [string, (size: number) => EntryFilter])[] = [
  ['none', () => ({})],
  ['user with 5 % of all', () => ({ userId: 'house' })],
  ['user with one in 20,000', () => ({ userId: 'user-7' })],
  ['account of a user', () => ({ userId: 'house', account: 'user:house:available' })],
  ['account of the program, 20 %', () => ({ account: 'program:default:redemptions' })],
  ['account that has no entries', () => ({ account: 'program:other:rewards' })],
  ['flow, 10 %', () => ({ flows: ['reverse_credit'] })],
  ['reward, half of all', () => ({ rewardId: 'bonus' })],
  ['reward, none for 70 % of the year', () => ({ rewardId: 'old' })],
  ['reward, one in a million', () => ({ rewardId: 'rare' })],
  ['event', (size) => ({ sourceEvent: `shop/evt-${size / 2}` })],
  ['rule, 3 %', () => ({ ruleId: ruleIdOf(3) })],
  ['actor, 65 %', () => ({ actor: 'key:01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b2a' })],
  ['amount, one in 10,000', () => ({ amountCentsMin: 4_711, amountCentsMax: 4_711 })],
  ['currency, 2 %', () => ({ currency: 'EUR' })],
  ['recorded in February', () => ({ recordedFrom: at('02-01'), recordedTo: at('03-01') })],
  ['effective in February', () => ({ effectiveFrom: at('02-01'), effectiveTo: at('03-01') })],
  ['metadata, 5 %', () => ({ metadata: { campaign: 'c1' } })],
  ['metadata, none for 70 % of the year', () => ({ metadata: { campaign: 'old' } })],
  ['metadata, one entry', (size) => ({ metadata: { order: `o-${size / 2}` } })],
  ['user with 5 % and reward, one in a million', () => ({ userId: 'house', rewardId: 'rare' })],
]

await onScratchCluster(async (inDatabase) => {
  for (const size of options.sizes.split(',').map(Number)) {
    await inDatabase(async ({ owner, pool }) => {
      await fillEmptyTable(owner, size)
      printHeading(`${size.toLocaleString('en')} entries, pages of ${limit}`)
      printLine('| filter | first page | hundredth page |')
      printLine('| --- | --- | --- |')
      const entries = createEntries({ pool })
      for (const [name, filterOf] of filters) await measure(entries, name, filterOf(size))
    })
  }
})

function at(day: string): string {
  return `2026-${day}T00:00:00.000Z`
}

async function measure(entries: Entries, name: string, filter: EntryFilter): Promise<void> {
  const first = await timed(entries, filter, undefined)
  let cursor: string | undefined
  let number = 1
  for (; number < pagesMax; number++) {
    const page = await entries.list({ filter, limit, offset: 0, cursor })
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  const last =
    number === pagesMax ? await timed(entries, filter, cursor) : `ends with page ${number}`
  printLine(`| ${name} | ${first} | ${last} |`)
}

/** The median time of a page, after a round that is not counted, and how full the page is. */
async function timed(
  entries: Entries,
  filter: EntryFilter,
  cursor: string | undefined,
): Promise<string> {
  const times: number[] = []
  let found = 0
  for (let round = 0; round <= roundsCount; round++) {
    const startedAt = performance.now()
    const page = await entries.list({ filter, limit, offset: 0, cursor })
    if (round > 0) times.push(performance.now() - startedAt)
    found = page.entries.length
  }
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
  return `${median.toFixed(1)} ms${found < limit ? ` (${found} found)` : ''}`
}
