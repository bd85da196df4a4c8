import { randomUUID } from 'node:crypto'
import { flowNames } from '@pineos/contract/ledger.ts'
import type { Entry } from '@pineos/core/ledger/entry.ts'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Failure } from '../failure.ts'
import type { Journal } from '../journal/journal.ts'
import { createTestDatabase } from '../testing/database.ts'
import { debitOf, openJournal, posting } from '../testing/journal.ts'
import { balanceAt } from './balance-at.ts'
import {
  clockFrom,
  entriesOf,
  everyFlow,
  plainStatement,
  steps,
  walk,
} from './statement.fixture.ts'
import {
  createStatements,
  type OpenStatement,
  type StatementRequest,
  type Statements,
} from './statement.ts'
import { verifyLedger } from './verify.ts'

const clock = clockFrom('2027-01-01T00:00:00.000Z')
let database: Awaited<ReturnType<typeof createTestDatabase>>
let pool: pg.Pool
let journal: Journal
let statements: Statements

beforeAll(async () => {
  database = await createTestDatabase()
  pool = new pg.Pool({ connectionString: database.ownerConnectionString })
  journal = await openJournal({ connectionString: database.connectionString, pool }, { clock })
  statements = createStatements({ pool, clock })
})
afterAll(async () => {
  await journal.close()
  const verification = await verifyLedger(pool, { full: true })
  await pool.end()
  await database.drop()
  expect(verification.checks.flatMap((check) => check.faults)).toEqual([])
})

function request(userId: string, parts: Partial<StatementRequest> = {}): StatementRequest {
  return {
    userId,
    currency: 'USD',
    axis: 'recorded',
    from: null,
    to: null,
    knownAt: null,
    ...parts,
  }
}

/** All lines, by opening the statement anew with the cursor of each page, as a caller over HTTP does. */
async function pagesOf(asked: StatementRequest, limit: number) {
  const heads: OpenStatement['head'][] = []
  const lines = []
  for (let cursor: string | undefined; ; ) {
    const { head, page } = await statements.page({ ...asked, cursor }, limit)
    heads.push(head)
    lines.push(...page.lines)
    if (page.next === null) return { heads, lines }
    expect(page.lines).toHaveLength(limit)
    cursor = page.next.cursor
  }
}

/** Instants at, just before and just after those of the entries, and far from all of them. */
function instantsOf(entries: readonly Entry[]): string[] {
  const times = entries.flatMap(({ recordedAt, effectiveAt }) => [recordedAt, effectiveAt])
  const near = times.flatMap((time) =>
    [-1, 0, 1].map((shift) => new Date(Date.parse(time) + shift).toISOString()),
  )
  return [...new Set([...near, '2020-01-01T00:00:00.000Z', '2090-01-01T00:00:00.000Z'])].sort()
}

const interval = fc.record({
  axis: fc.constantFrom('recorded' as const, 'effective' as const),
  ends: fc.tuple(fc.nat(), fc.nat()),
  knownAt: fc.option(fc.nat()),
  limit: fc.integer({ min: 1, max: 5 }),
})
const ledgersWithIntervals = fc.record({
  taken: steps,
  intervals: fc.array(interval, { minLength: 12, maxLength: 12 }),
})

describe('a statement of a random ledger', () => {
  // Whatever an accountant adds up from the entries has to be what the statement says.
  it('has exactly the entries of its interval, and opening plus changes is each balance up to closing', async () => {
    const seen = new Set<string>()
    const property = fc.asyncProperty(ledgersWithIntervals, async ({ taken, intervals }) => {
      const userId = randomUUID()
      await walk({ journal, clock }, userId, [...everyFlow, ...taken])
      const entries = await entriesOf(pool, userId)
      for (const { flow } of entries) seen.add(flow)
      const instants = instantsOf(entries)
      const pick = (index: number) => instants[index % instants.length] ?? ''
      for (const { axis, ends, knownAt, limit } of intervals) {
        const [from = '', to = ''] = [pick(ends[0]), pick(ends[1])].sort()
        const known = axis === 'effective' && knownAt !== null ? pick(knownAt) : null
        const asked = request(userId, { axis, from, to, knownAt: known })
        const expected = plainStatement(entries, { axis, from, to, knownAt: known })
        const { heads, lines } = await pagesOf(asked, limit)
        for (const { opening, closing, total } of heads) {
          expect(opening).toEqual(expected.opening)
          expect(closing).toEqual(expected.closing)
          expect(total).toBe(BigInt(expected.lines.length))
        }
        expect(lines.map(({ entry, running }) => ({ entry, running }))).toEqual(expected.lines)
        expectChangesToAddUp(heads[0], lines)
      }
    })
    // Each try is a ledger of its own: looking for a smaller one would take longer than it helps.
    await fc.assert(property, { numRuns: 10, endOnFailure: true })
    // Otherwise the walk has become one that proves less than it says.
    expect([...seen].sort()).toEqual([...flowNames].sort())
  })

  it('closes at every instant with what balanceAt says of the instant before, on both axes', async () => {
    const userId = randomUUID()
    const property = fc.asyncProperty(steps, async (taken) => {
      await walk({ journal, clock }, userId, taken)
    })
    await fc.assert(property, { numRuns: 3 })
    for (const to of instantsOf(await entriesOf(pool, userId))) {
      const at = new Date(Date.parse(to) - 1).toISOString()
      const moments = [
        { axis: 'recorded', at } as const,
        { axis: 'effective', at, knownAt: null } as const,
      ]
      for (const moment of moments) {
        const { balance } = await balanceAt(pool, { userId, currency: 'USD' }, moment)
        const { head } = await statements.open(request(userId, { axis: moment.axis, to }))
        expect(balance).toMatchObject(head.closing)
        expect(head.total).toBe(balance.version)
      }
    }
  })

  function expectChangesToAddUp(
    head: OpenStatement['head'] | undefined,
    lines: Awaited<ReturnType<typeof pagesOf>>['lines'],
  ): void {
    const sum = (name: keyof OpenStatement['head']['opening']) =>
      lines.reduce((total, { change }) => total + change[name], head?.opening[name] ?? 0n)
    for (const name of ['availableCents', 'pendingCents', 'debtCents'] as const)
      expect(sum(name)).toBe(head?.closing[name])
  }
})

async function post(userId: string, amountCents: bigint, effectiveAt: string | null = null) {
  clock.advance(1)
  const item = posting({ kind: 'credit', userId, amountCents, isPending: false, effectiveAt })
  const outcome = await journal.submit({ kind: 'posting', posting: item }, 300)
  if (outcome.kind !== 'posted') throw new Error(`the credit was ${outcome.kind}`)
  return outcome.entry
}

describe('a statement', () => {
  it('has the entry at its first instant and not the one at its end', async () => {
    const userId = randomUUID()
    const [first, second, third] = [
      await post(userId, 1n),
      await post(userId, 2n),
      await post(userId, 4n),
    ]
    for (const axis of ['recorded', 'effective'] as const) {
      const asked = request(userId, { axis, from: second.recordedAt, to: third.recordedAt })
      const { heads, lines } = await pagesOf(asked, 10)
      expect(lines.map(({ entry }) => entry.id)).toEqual([second.id])
      expect(heads[0]?.opening.availableCents).toBe(first.balanceAfterCents)
    }
  })

  // An instant between two milliseconds is before the next one, not at the one before.
  it('keeps to its interval where it is finer than a millisecond', async () => {
    const userId = randomUUID()
    const { recordedAt } = await post(userId, 1n)
    const between = recordedAt.replace('Z', '0001Z')
    const starting = await pagesOf(request(userId, { from: between }), 10)
    expect(starting.lines).toEqual([])
    const ending = await pagesOf(request(userId, { to: between }), 10)
    expect(ending.lines).toHaveLength(1)
  })

  it('has what was recorded in the very millisecond in which it is asked for', async () => {
    const userId = randomUUID()
    const { recordedAt } = await post(userId, 1n)
    for (const axis of ['recorded', 'effective'] as const) {
      const { heads, lines } = await pagesOf(request(userId, { axis }), 10)
      expect(lines).toHaveLength(1)
      expect(heads[0]?.to).toBe(new Date(Date.parse(recordedAt) + 1).toISOString())
    }
  })

  it('says zeros of a user and of a currency without entries', async () => {
    const userId = randomUUID()
    await post(userId, 1n)
    for (const asked of [request(randomUUID()), request(userId, { currency: 'JPY' })]) {
      for (const axis of ['recorded', 'effective'] as const) {
        const { heads, lines } = await pagesOf({ ...asked, axis }, 10)
        const zeros = { availableCents: 0n, pendingCents: 0n, debtCents: 0n }
        expect(lines).toEqual([])
        expect(heads[0]).toMatchObject({ opening: zeros, closing: zeros, total: 0n })
      }
    }
  })

  it('takes the first and the last instant that there are', async () => {
    const userId = randomUUID()
    await post(userId, 1n)
    const ends = { from: '0001-01-01T00:00:00Z', to: '9999-12-31T23:59:59.9999Z' }
    for (const axis of ['recorded', 'effective'] as const) {
      expect((await pagesOf(request(userId, { axis, ...ends }), 10)).lines).toHaveLength(1)
    }
  })

  // An accountant files the statement of a month: nothing may come into it later.
  it('of a past interval never changes on the axis of recording, whatever is written into the past', async () => {
    const userId = randomUUID()
    const first = await post(userId, 10n)
    await post(userId, 20n)
    clock.advance(1)
    const to = clock.now().toISOString()
    const asked = request(userId, { from: first.recordedAt, to })
    const before = await pagesOf(asked, 10)
    await post(userId, 40n, first.recordedAt)
    expect(await pagesOf(asked, 10)).toEqual(before)
    const counted = { ...asked, axis: 'effective' } as const
    expect((await pagesOf(counted, 10)).lines).toHaveLength(3)
    const asKnown = await pagesOf({ ...counted, knownAt: to }, 10)
    expect(asKnown.lines.map(({ entry }) => entry)).toEqual(before.lines.map(({ entry }) => entry))
  })

  it('may be below zero on the axis of what counts, where something was spent before it counted', async () => {
    const userId = randomUUID()
    const credit = await post(userId, 10n)
    clock.advance(1)
    const item = posting(debitOf(userId, 7n))
    const effectiveAt = new Date(Date.parse(credit.effectiveAt) - 5).toISOString()
    await journal.submit(
      { kind: 'posting', posting: { ...item, command: { ...item.command, effectiveAt } } },
      300,
    )
    const { lines } = await pagesOf(request(userId, { axis: 'effective' }), 1)
    expect(lines.map(({ running }) => running.availableCents)).toEqual([-7n, 3n])
  })
})

describe('the pages of a statement', () => {
  // Otherwise a page has a line twice or a balance that does not follow from the page before.
  it.each(['recorded', 'effective'] as const)(
    'show one and the same statement while entries are written into it, %s',
    async (axis) => {
      const userId = randomUUID()
      const first = await post(userId, 1n)
      for (let entries = 1; entries < 9; entries++) await post(userId, 1n)
      const whole = await pagesOf(request(userId, { axis }), 100)
      const [head] = whole.heads
      const lines = []
      let cursor: string | undefined
      do {
        const { head: later, page } = await statements.page(request(userId, { axis, cursor }), 2)
        expect(later).toEqual(head)
        lines.push(...page.lines)
        cursor = page.next?.cursor
        // In the past of what was read, in the past of what was not, and now.
        await post(userId, 100n, first.recordedAt)
        await post(userId, 100n, new Date(clock.now().getTime() - 4).toISOString())
        await post(userId, 100n)
      } while (cursor !== undefined)
      expect(lines).toEqual(whole.lines)
    },
  )

  it('join as well where the statement is read on without being opened again', async () => {
    const userId = randomUUID()
    await walk({ journal, clock }, userId, everyFlow)
    // Counts from before all that are on time, whose turn comes after it.
    await post(userId, 1n, '2026-12-31T00:00:00.000Z')
    for (const axis of ['recorded', 'effective'] as const) {
      const asked = request(userId, { axis })
      const { start, read } = await statements.open(asked)
      const lines = []
      for (let position: typeof start | undefined = start; position; ) {
        const page: Awaited<ReturnType<typeof read>> = await read(position, 1)
        lines.push(...page.lines)
        position = page.next?.position
      }
      expect(lines).toEqual((await pagesOf(asked, 100)).lines)
    }
  })

  it('never begin before the interval, whatever cursor is given', async () => {
    const userId = randomUUID()
    const entries = [await post(userId, 1n), await post(userId, 2n), await post(userId, 4n)]
    for (const axis of ['recorded', 'effective'] as const) {
      const opened = await statements.open(request(userId, { axis }))
      const { next } = await opened.read(opened.start, 1)
      const from = entries[2]?.recordedAt ?? null
      const asked = request(userId, { axis, from, cursor: next?.cursor })
      const { page } = await statements.page(asked, 10)
      expect(page.lines.map(({ running }) => running.availableCents)).toEqual([7n])
    }
  })
})

describe('a statement is refused', () => {
  const refusal = (asked: Promise<unknown>) =>
    asked.then(
      () => 'nothing was refused',
      (error: unknown) => (error instanceof Failure ? error.facts.errors : error),
    )

  it('where it would begin after its end, and after now where it has none', async () => {
    const later = '2090-01-01T00:00:00Z'
    for (const axis of ['recorded', 'effective'] as const) {
      for (const to of ['2027-01-01T00:00:00Z', null]) {
        expect(
          await refusal(statements.open(request('somebody', { axis, from: later, to }))),
        ).toEqual([expect.objectContaining({ pointer: '/query/from', code: 'contradiction' })])
      }
    }
  })

  it('with a cursor that no page of such a statement has given', async () => {
    const userId = randomUUID()
    await post(userId, 1n)
    await post(userId, 1n)
    const { start, read } = await statements.open(request(userId))
    const { next } = await read(start, 1)
    const made = (text: string) => Buffer.from(text).toString('base64url')
    const cursors = [
      '',
      'x',
      made('recorded.1.0.1'),
      made('effective.1.99999999999999999.9.0'),
      made('effective.1.0.9.-999999999999999'),
      // One of the other axis.
      next?.cursor ?? '',
    ]
    for (const cursor of cursors) {
      const asked = request(userId, { axis: 'effective', cursor })
      expect(await refusal(statements.open(asked)), cursor).toEqual([
        expect.objectContaining({ pointer: '/query/cursor', code: 'cursor_invalid' }),
      ])
    }
  })
})
