import { Readable } from 'node:stream'
import { statementCsvEntriesMax } from '@pineos/contract/statement.ts'
import type { Entry } from '@pineos/core/ledger/entry.ts'
import { expect, it } from 'vitest'
import type { OpenStatement } from '../ledger/statement.ts'
import { statementCsv } from './statement-csv.ts'

const at = '2027-01-31T12:00:00.000Z'
const none = { availableCents: 0n, pendingCents: 0n, debtCents: 0n }
const entry: Entry = {
  id: '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11',
  userId: 'ann',
  flow: 'credit',
  amountCents: 1n,
  currency: 'USD',
  debitAccount: 'program:default:rewards',
  creditAccount: 'user:ann:available',
  userSequence: 1n,
  balanceAfterCents: 1n,
  pendingAfterCents: 0n,
  debtAfterCents: 0n,
  rewardId: null,
  relatedEntryId: null,
  reason: null,
  idempotencyKey: 'key',
  actor: 'key:test',
  sourceEvent: null,
  metadata: {},
  availableAt: null,
  expiresAt: null,
  effectiveAt: at,
  recordedAt: at,
}

/** A statement without an end; it counts the pages that were read of it. */
function endless(): { statement: OpenStatement; pagesRead: () => number } {
  const start = { sequence: 0n, effectiveAt: at, onTimeSequence: 0n, running: none }
  const line = { entry, change: { ...none, availableCents: 1n }, running: none }
  let pages = 0
  const statement: OpenStatement = {
    head: {
      userId: 'ann',
      currency: 'USD',
      axis: 'recorded',
      from: null,
      to: at,
      knownAt: null,
      opening: none,
      closing: none,
      total: 10n ** 9n,
    },
    start,
    async read(position, limit) {
      pages += 1
      return { lines: Array(limit).fill(line), next: { position, cursor: 'further' } }
    },
  }
  return { statement, pagesRead: () => pages }
}

// A slow reader of a large statement must not fill the memory of the service.
it('reads one page ahead of what was taken, and no further', async () => {
  const { statement, pagesRead } = endless()
  const options = { objectMode: true, highWaterMark: 1 }
  const parts = Readable.from(statementCsv(statement, statementCsvEntriesMax), options)
  for (let taken = 1; taken <= 20; taken++) {
    if (parts.readableLength === 0) await new Promise((resolve) => parts.once('readable', resolve))
    parts.read()
    expect(pagesRead()).toBeLessThanOrEqual(taken + 1)
  }
  parts.destroy()
})

it('ends after the entries that it may have at most, with the cursor to go on from', async () => {
  const { statement } = endless()
  let entries = 0
  let last = ''
  for await (const part of statementCsv(statement, statementCsvEntriesMax)) {
    for (const line of part.trimEnd().split('\r\n')) {
      if (line.startsWith('entry,')) entries += 1
      last = line
    }
  }
  expect(entries).toBe(statementCsvEntriesMax)
  expect(last).toMatch(/^more,,+further$/)
})
