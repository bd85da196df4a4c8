import type { FlowName } from '@pineos/contract/ledger.ts'
import type { AdjustCommand, LedgerCommand } from '@pineos/core/ledger/command.ts'
import type { Entry } from '@pineos/core/ledger/entry.ts'
import { flows } from '@pineos/core/ledger/flows.ts'
import fc from 'fast-check'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import type { Journal } from '../journal/journal.ts'
import { creditOf, debitOf, posting } from '../testing/journal.ts'
import { type EntryRow, entryColumns, entryFromRow } from './entry-row.ts'

/** A clock that goes on only when it is told to. */
export interface TestClock extends Clock {
  advance(milliseconds: number): void
}

export function clockFrom(start: string): TestClock {
  let at = Date.parse(start)
  return {
    now: () => new Date(at),
    advance: (milliseconds) => {
      at += milliseconds
    },
  }
}

const kinds = [
  'credit',
  'credit_pending',
  'debit',
  'confirm',
  'reverse',
  'expire',
  'adjust_credit',
  'adjust_debit',
] as const

/** One thing that a user's ledger may go through; much of it is refused, which is right as well. */
export interface Step {
  readonly kind: (typeof kinds)[number]
  readonly amountCents: bigint
  /** Which of the entries so far it is about. */
  readonly target: number
  /** How far the clock goes on before it; several steps fall into one millisecond. */
  readonly advanceMs: number
  /** How long before it is recorded it counts. */
  readonly backMs: number
  readonly expires: boolean
}

export const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    amountCents: fc.bigInt({ min: 1n, max: 500n }),
    target: fc.nat({ max: 40 }),
    advanceMs: fc.constantFrom(0, 0, 1, 3, 900),
    backMs: fc.constantFrom(0, 0, 1, 3, 950, 2_000),
    expires: fc.boolean(),
  }),
  { minLength: 15, maxLength: 25, size: 'max' },
)

/** Every flow once, whatever comes after it. */
export const everyFlow: readonly Step[] = (
  [
    { kind: 'credit', amountCents: 100n, target: 0 },
    { kind: 'credit_pending', amountCents: 70n, target: 0 },
    { kind: 'confirm', amountCents: 1n, target: 1 },
    { kind: 'debit', amountCents: 50n, target: 0 },
    { kind: 'reverse', amountCents: 1n, target: 3 },
    { kind: 'credit_pending', amountCents: 9n, target: 0 },
    { kind: 'reverse', amountCents: 1n, target: 5 },
    { kind: 'debit', amountCents: 160n, target: 0 },
    { kind: 'reverse', amountCents: 1n, target: 0 },
    { kind: 'adjust_credit', amountCents: 500n, target: 0 },
    { kind: 'adjust_debit', amountCents: 20n, target: 0 },
    { kind: 'credit', amountCents: 30n, target: 0, expires: true },
    { kind: 'credit_pending', amountCents: 40n, target: 0, expires: true },
    { kind: 'expire', amountCents: 1n, target: 11, advanceMs: 2_000 },
    { kind: 'expire', amountCents: 1n, target: 12 },
  ] satisfies Partial<Step>[]
).map((step) => ({ advanceMs: 3, backMs: 0, expires: false, ...step }))

/** Goes the steps with the real journal. */
export async function walk(
  { journal, clock }: { journal: Journal; clock: TestClock },
  userId: string,
  taken: readonly Step[],
): Promise<void> {
  const posted: string[] = []
  for (const step of taken) {
    clock.advance(step.advanceMs)
    const now = clock.now().getTime()
    const target = posted[step.target % Math.max(1, posted.length)]
    const item = itemOf(step, { userId, target, now })
    if (!item) continue
    const outcome = await journal.submit({ kind: 'posting', posting: item }, 300)
    if (outcome.kind === 'posted') posted.push(outcome.entry.id)
  }
}

function itemOf(
  step: Step,
  { userId, target, now }: { userId: string; target: string | undefined; now: number },
) {
  const { kind, amountCents, backMs, expires } = step
  const effectiveAt = backMs === 0 ? null : new Date(now - backMs).toISOString()
  const expiresAt = expires ? new Date(now + 1_000).toISOString() : null
  const about = (command: Partial<LedgerCommand>, fields: Parameters<typeof posting>[0]) => {
    const item = posting(fields)
    // The parts belong to the kind of the fields beside them.
    return { ...item, command: { ...item.command, effectiveAt, ...command } as LedgerCommand }
  }
  switch (kind) {
    case 'credit':
    case 'credit_pending':
      return about({ expiresAt }, creditOf(userId, amountCents, kind === 'credit_pending'))
    case 'debit':
      return about({}, debitOf(userId, amountCents))
    case 'adjust_credit':
    case 'adjust_debit': {
      const direction: AdjustCommand['direction'] = kind === 'adjust_credit' ? 'credit' : 'debit'
      return about({ kind: 'adjust', direction, reason: 'a test' }, creditOf(userId, amountCents))
    }
    case 'confirm':
    case 'expire':
      return target === undefined
        ? null
        : about({ effectiveAt: null }, { kind, targetEntryId: target })
    case 'reverse':
      return target === undefined
        ? null
        : about({}, { kind, targetEntryId: target, reason: 'a test', shortfall: 'debt' })
  }
}

/** All entries of a user in USD, in sequence. */
export async function entriesOf(pool: pg.Pool, userId: string): Promise<Entry[]> {
  const { rows } = await pool.query<EntryRow>(
    `select ${entryColumns} from ledger_entries e
     where e.user_id = $1 and e.currency = 'USD' order by e.user_sequence`,
    [userId],
  )
  return rows.map(entryFromRow)
}

interface Span {
  readonly axis: 'recorded' | 'effective'
  readonly from: string
  readonly to: string
  readonly knownAt: string | null
}

/** What a statement has to say, by going through all entries: as plain as can be. */
export function plainStatement(entries: readonly Entry[], { axis, from, to, knownAt }: Span) {
  const timeOf = (entry: Entry) => (axis === 'recorded' ? entry.recordedAt : entry.effectiveAt)
  const ordered = entries
    .filter((entry) => knownAt === null || entry.recordedAt <= knownAt)
    .toSorted(
      (a, b) =>
        timeOf(a).localeCompare(timeOf(b)) || Number(a.userSequence) - Number(b.userSequence),
    )
  const running = { availableCents: 0n, pendingCents: 0n, debtCents: 0n }
  let opening = { ...running }
  let closing = { ...running }
  const lines: { entry: Entry; running: typeof running }[] = []
  for (const entry of ordered) {
    if (timeOf(entry) >= to) break
    add(running, entry)
    closing = { ...running }
    if (timeOf(entry) < from) opening = { ...running }
    else lines.push({ entry, running: closing })
  }
  return { opening, closing, lines }
}

type Name = 'availableCents' | 'pendingCents' | 'debtCents'

function add(running: Record<Name, bigint>, { flow, amountCents }: Entry): void {
  const { from, to } = flows[flow as FlowName]
  if (from === 'user_available') running.availableCents -= amountCents
  if (to === 'user_available') running.availableCents += amountCents
  if (from === 'user_pending') running.pendingCents -= amountCents
  if (to === 'user_pending') running.pendingCents += amountCents
  if (from === 'user_debt') running.debtCents += amountCents
  if (to === 'user_debt') running.debtCents -= amountCents
}
