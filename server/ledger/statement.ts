import { emptyBalance } from '@pineos/core/ledger/entry.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { Failure } from '../failure.ts'
import { type BalanceAt, balanceAt, type Moment, throughAll } from './balance-at.ts'
import { cursorOf, cursorText, type StatementCursor } from './statement-cursor.ts'
import {
  type Amounts,
  difference,
  type LineRange,
  type Position,
  positionAfter,
  readEffectiveLines,
  readRecordedLines,
  readRecordedLinesFrom,
  readSameInstant,
  type StatementLine,
} from './statement-lines.ts'

/** The entries of a user in a currency from an instant up to another one, which is excluded. */
export interface StatementRequest {
  readonly userId: string
  readonly currency: string
  readonly axis: Moment['axis']
  /** RFC 3339; null for the beginning of everything. */
  readonly from: string | null
  /** RFC 3339; null for now. */
  readonly to: string | null
  /** RFC 3339, on the axis `effective`: by what had been recorded by then. Null for everything. */
  readonly knownAt: string | null
  readonly cursor?: string | undefined
}

/** What every page of a statement says. */
export interface StatementHead extends Pick<StatementRequest, 'userId' | 'currency' | 'axis'> {
  readonly from: string | null
  readonly to: string
  readonly knownAt: string | null
  readonly opening: Amounts
  readonly closing: Amounts
  /** How many entries it has. */
  readonly total: bigint
}

/** A statement of which it is settled what it has: what is written from now on does not come into it. */
export interface OpenStatement {
  readonly head: StatementHead
  /** Where it begins, or goes on where a cursor was given. */
  readonly start: Position
  /** The lines after a position, with where the next page begins; null on the last. */
  read(position: Position, limit: number): Promise<StatementPage>
}

export interface StatementPage {
  readonly lines: readonly StatementLine[]
  readonly next: { readonly position: Position; readonly cursor: string } | null
}

export interface Statements {
  /** Opens a statement and reads the first `limit` lines from its start; fails as `open` does. */
  page(
    request: StatementRequest,
    limit: number,
  ): Promise<{ head: StatementHead; page: StatementPage }>
  /**
   * Settles what a statement has, and its balances. Fails with `validation_failed` where it would
   * end before it begins, and on a cursor that no page of such a statement has given.
   */
  open(request: StatementRequest): Promise<OpenStatement>
}

export function createStatements(dependencies: StatementsDependencies): Statements {
  return {
    open: async (request) => openStatement(dependencies, settingOf(request)),
    page: async (request, limit) => readFirstPage(dependencies, settingOf(request), limit),
  }
}

interface StatementsDependencies {
  readonly pool: pg.Pool
  readonly clock: Clock
}

/** A statement of which the range of its lines is known as well. */
type Settled = OpenStatement & { readonly range: LineRange }

async function openStatement(
  { pool, clock }: StatementsDependencies,
  { request, interval, cursor }: Setting,
): Promise<Settled> {
  const { userId, currency, axis } = request
  const bounds =
    axis === 'recorded'
      ? await recordedBounds(pool, { request, interval, cursor })
      : await effectiveBounds(pool, { request, interval, cursor })
  const to = interval.to ?? justAfter(clock.now(), bounds.knownTo)
  if (interval.from !== null && interval.from > to) throw endsBeforeItBegins(interval.from, to)
  const { through, closing } = bounds
  const range = { userId, currency, axis, lastRecorded: closing.sequence, through, to }
  return {
    head: headOf({ ...request, from: interval.from, to }, bounds),
    start: bounds.start,
    range,
    read: (position, limit) => readPage(pool, range, { position, limit }),
  }
}

/** On the axis of recording the lines are read while the balances are: one round trip to the database. */
async function readFirstPage(
  dependencies: StatementsDependencies,
  setting: Setting,
  limit: number,
): Promise<{ head: StatementHead; page: StatementPage }> {
  const [{ head, start, range, read }, found] = await Promise.all([
    openStatement(dependencies, setting),
    setting.request.axis === 'recorded' ? readEarly(dependencies.pool, setting, limit + 1) : [],
  ])
  const lines = found.filter(({ entry }) => entry.userSequence <= range.lastRecorded)
  // A sequence has no gaps. Where this is not the next line, the cursor was one from before the interval.
  const isNext = lines[0]?.entry.userSequence === start.sequence + 1n
  return { head, page: isNext ? pageOf(range, { lines, start, limit }) : await read(start, limit) }
}

function readEarly(
  pool: pg.Pool,
  { request, interval, cursor }: Setting,
  limit: number,
): Promise<StatementLine[]> {
  const recordedAfter = lastBefore(interval.from)
  if (cursor === null && recordedAfter !== null) {
    return readRecordedLinesFrom(pool, request, { recordedAfter, limit })
  }
  const range = { ...request, lastRecorded: cursor?.through ?? throughAll }
  return readRecordedLines(pool, range, { after: cursor?.sequence ?? 0n, limit })
}

// Later than any time of an entry.
const endOfTime = '9999-12-31T23:59:59.999Z'
const beginningOfTime = '0001-01-01T00:00:00.000Z'

interface Interval {
  readonly from: string | null
  readonly to: string | null
}

interface Bounds {
  readonly opening: BalanceAt
  readonly closing: BalanceAt
  /** The last entry that is known. */
  readonly through: bigint
  /** When that one was recorded; null where nothing is. */
  readonly knownTo: string | null
  readonly start: Position
}

interface Setting {
  readonly request: StatementRequest
  readonly interval: Interval
  readonly cursor: StatementCursor | null
}

function settingOf(request: StatementRequest): Setting {
  const cursor = request.cursor === undefined ? null : cursorOf(request.cursor, request.axis)
  return { request, interval: intervalOf(request, cursor), cursor }
}

/** The entries of the sequence between two instants: those are known whose time had come by the end. */
async function recordedBounds(
  pool: pg.Pool,
  { request, interval, cursor }: Setting,
): Promise<Bounds> {
  const of = { ...request, ...(cursor ? { through: cursor.through } : {}) }
  const at = (instant: string | null) =>
    instant === null ? null : balanceAt(pool, of, { axis: 'recorded', at: instant })
  const [closing, before] = await Promise.all([
    balanceAt(pool, of, { axis: 'recorded', at: lastBefore(interval.to) ?? endOfTime }),
    at(lastBefore(interval.from)),
  ])
  // What was saved between the two look-ups is not in it.
  const known = before && before.sequence > closing.sequence ? closing : before
  const opening = known ?? nothing(request)
  const begin = positionAt(opening, interval.from)
  return {
    opening,
    closing,
    through: closing.sequence,
    knownTo: closing.updatedAt,
    start:
      cursor && cursor.sequence > begin.sequence ? { ...begin, sequence: cursor.sequence } : begin,
  }
}

/** The entries that count between two instants, by all those that are known. */
async function effectiveBounds(
  pool: pg.Pool,
  { request, interval, cursor }: Setting,
): Promise<Bounds> {
  const known = await balanceAt(
    pool,
    { ...request, ...(cursor ? { through: cursor.through } : {}) },
    { axis: 'recorded', at: request.knownAt ?? endOfTime },
  )
  const of = { ...request, through: known.sequence }
  const at = (instant: string) =>
    balanceAt(pool, of, { axis: 'effective', at: instant, knownAt: null })
  const lastBeforeFrom = lastBefore(interval.from)
  const lastBeforeTo = lastBefore(interval.to) ?? endOfTime
  const [closing, opening] = await Promise.all([
    // By the time at which the last entry was recorded all of them count.
    lastBeforeTo >= (known.updatedAt ?? beginningOfTime) ? known : at(lastBeforeTo),
    lastBeforeFrom === null ? nothing(request) : at(lastBeforeFrom),
  ])
  const begin = positionAt(opening, interval.from)
  const start =
    cursor && cursor.effectiveAt >= (interval.from ?? beginningOfTime)
      ? await positionOfCursor(pool, of, { cursor, by: await at(cursor.effectiveAt) })
      : begin
  return { opening, closing, through: known.sequence, knownTo: known.updatedAt, start }
}

/** Computed from the entries, never taken from the cursor: whoever makes a link cannot make up balances. */
async function positionOfCursor(
  pool: pg.Pool,
  of: Pick<LineRange, 'userId' | 'currency' | 'through'>,
  { cursor, by }: { cursor: StatementCursor; by: BalanceAt },
): Promise<Position> {
  const { effectiveAt, sequence } = cursor
  const after = { effectiveAt, sequence, lastRecorded: by.sequence }
  return {
    sequence,
    effectiveAt,
    onTimeSequence: sequence < by.sequence ? sequence : by.sequence,
    running: difference(by.balance, await readSameInstant(pool, of, after)),
  }
}

function positionAt({ balance, sequence }: BalanceAt, from: string | null): Position {
  return {
    sequence,
    effectiveAt: from ?? '-infinity',
    onTimeSequence: sequence,
    running: amountsOf(balance),
  }
}

async function readPage(
  pool: pg.Pool,
  range: LineRange,
  { position, limit }: { position: Position; limit: number },
): Promise<StatementPage> {
  // One line more than asked tells of a next page.
  const more = limit + 1
  const lines =
    range.axis === 'recorded'
      ? await readRecordedLines(pool, range, { after: position.sequence, limit: more })
      : await readEffectiveLines(pool, range, { from: position, limit: more })
  return pageOf(range, { lines, start: position, limit })
}

function pageOf(
  { axis, through, to }: LineRange,
  { lines, start, limit }: { lines: readonly StatementLine[]; start: Position; limit: number },
): StatementPage {
  if (lines.length <= limit) return { lines, next: null }
  const page = lines.slice(0, limit)
  const position = page.reduce(positionAfter, start)
  const { sequence, effectiveAt } = position
  return {
    lines: page,
    next: { position, cursor: cursorText({ axis, sequence, effectiveAt, through, to }) },
  }
}

function headOf(
  { userId, currency, axis, from, to, knownAt }: StatementRequest & { to: string },
  { opening, closing }: Bounds,
): StatementHead {
  return {
    userId,
    currency,
    axis,
    from,
    to,
    knownAt: knownAt === null ? null : new Date(knownAt).toISOString(),
    opening: amountsOf(opening.balance),
    closing: amountsOf(closing.balance),
    total: closing.balance.version - opening.balance.version,
  }
}

function amountsOf({ availableCents, pendingCents, debtCents }: Amounts): Amounts {
  return { availableCents, pendingCents, debtCents }
}

function nothing({ userId, currency }: StatementRequest): BalanceAt {
  return { balance: emptyBalance(userId, currency), sequence: 0n, updatedAt: null }
}

function intervalOf({ from, to }: StatementRequest, cursor: StatementCursor | null): Interval {
  return {
    from: from && firstMillisecondFrom(from),
    to: to === null ? (cursor?.to ?? null) : firstMillisecondFrom(to),
  }
}

/** Times of entries are whole milliseconds: those before an instant are those before the next one of it. */
function firstMillisecondFrom(instant: string): string {
  const isBetween = /\.\d{3}\d*[1-9]/.test(instant)
  const at = new Date(Date.parse(instant) + (isBetween ? 1 : 0)).toISOString()
  // The year 10000 begins with a plus, and so would be less than any other.
  return at.startsWith('+') ? endOfTime : at
}

/** The last millisecond before; null where nothing can be before it. */
function lastBefore(instant: string | null): string | null {
  if (instant === null || instant <= beginningOfTime) return null
  return new Date(Date.parse(instant) - 1).toISOString()
}

/** After what has been recorded up to now, by whatever process and its clock. */
function justAfter(now: Date, recordedAt: string | null): string {
  return new Date(
    Math.max(now.getTime(), Date.parse(recordedAt ?? beginningOfTime)) + 1,
  ).toISOString()
}

function endsBeforeItBegins(from: string, to: string): Failure {
  const detail = `The statement would begin at ${from}, which is after its end, ${to}.`
  return new Failure('validation_failed', `One fault was found in the request: ${detail}`, {
    errors: [{ pointer: '/query/from', code: 'contradiction', detail }],
  })
}
