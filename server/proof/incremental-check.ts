import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { advisoryLocks, alone } from '../database/session-lock.ts'
import { proveOn } from '../ledger/verify.ts'
import { faultText } from './account-check.ts'
import { type AccountFault, inSnapshot, type Look, look, type Selection } from './account-faults.ts'
import { type Progress, readProgress, saveProgress } from './progress.ts'
import { recordResult } from './proof-status.ts'
import type { Quarantines } from './quarantines.ts'

/** Entries of one look at least and at most; between them it follows what the database manages. */
const entriesPerLookMin = 100
/** What a look may take: the next is of half as many entries where it took more. */
const lookMsMax = 50
/** Sums are compared this often at most, and never for more than a fiftieth of the time. */
const sumsMs = 60_000
const sumsShareMax = 50

export interface IncrementalCheckOptions {
  readonly pool: pg.Pool
  readonly clock: Clock
  readonly quarantines: Quarantines
  /** Entries of one look at most; there are at most two looks in a run. */
  readonly entriesPerLookMax: number
  /** How long after the beginning of a round the next one may begin. */
  readonly roundMs: number
  /** How old an entry is at least when it is looked at as a new one: older than any that may still come. */
  readonly settledMs: number
  readonly onSumsFaulty: (details: readonly string[]) => void
}

/**
 * The proof of zero that goes on beside the postings, a bounded piece in each run: the entries that
 * have come since the last run, and in rounds, in the order of their accounts, all there are. Whatever
 * contradicts itself in two snapshots puts its account in quarantine.
 */
export class IncrementalCheck {
  readonly #options: IncrementalCheckOptions
  #entriesPerLook: number
  #sumsDueAt = 0

  constructor(options: IncrementalCheckOptions) {
    this.#options = options
    this.#entriesPerLook = options.entriesPerLookMax
  }

  /** True where the round goes on, or new entries are left. Does nothing where another process checks. */
  async run(): Promise<boolean> {
    return await alone(
      this.#options.pool,
      { lock: advisoryLocks.proof, otherwise: false },
      (client) => this.#check(client),
    )
  }

  async #check(client: pg.PoolClient): Promise<boolean> {
    const { clock } = this.#options
    const before = await readProgress(client)
    const newest = await this.#lookAtNewest(client, before)
    const round = await this.#lookAtRound(client, before)
    await this.#quarantine(client, [...newest.faults, ...round.faults])
    await this.#proveSums(client)
    // Last: whoever is interrupted before it looks at the same entries again.
    await saveProgress(client, {
      ...before,
      newestEntryId: newest.newestEntryId,
      ...round.progress,
      checkedAt: clock.now(),
    })
    return newest.isMoreLeft || round.isMoreLeft
  }

  async #lookAtNewest(client: pg.PoolClient, { newestEntryId }: Progress) {
    const { clock, settledMs } = this.#options
    const horizon = idAt(new Date(clock.now().getTime() - settledMs))
    // The first time there is nothing new: the round looks at everything.
    if (newestEntryId === null || newestEntryId >= horizon) {
      return { faults: [], newestEntryId: newestEntryId ?? horizon, isMoreLeft: false }
    }
    const limit = this.#entriesPerLook
    const seen = await this.#look(client, async () => ({
      entries: `select e.* from ledger_entries e where e.id > $1::uuid and e.id <= $2::uuid
        order by e.id limit $3::integer`,
      values: [newestEntryId, horizon, limit],
    }))
    const isMoreLeft = seen.entries === limit
    return {
      faults: seen.faults,
      newestEntryId: isMoreLeft ? (seen.newestId ?? horizon) : horizon,
      isMoreLeft,
    }
  }

  async #lookAtRound(client: pg.PoolClient, before: Progress) {
    const { clock, roundMs } = this.#options
    const now = clock.now()
    const { place, roundStartedAt } = before
    const isBetween = place === null
    if (isBetween && roundStartedAt && now.getTime() - roundStartedAt.getTime() < roundMs) {
      return { faults: [], progress: {}, isMoreLeft: false }
    }
    const start = place ?? { userId: '', currency: '', userSequence: 0n }
    const limit = this.#entriesPerLook
    const seen = await this.#look(client, () => roundSelection(client, start, limit))
    const isMoreLeft = seen.entries === limit
    return {
      faults: seen.faults,
      isMoreLeft,
      progress: {
        place: isMoreLeft ? seen.last : null,
        ...(isBetween ? { roundStartedAt: now } : {}),
        ...(isMoreLeft ? {} : { roundCompletedAt: now }),
      },
    }
  }

  /** One look, and the size of the next by the time that it took. */
  async #look(client: pg.PoolClient, select: () => Promise<Selection>): Promise<Look> {
    const startedAt = performance.now()
    const seen = await inSnapshot(client, async () => look(client, await select(), false))
    const tookMs = performance.now() - startedAt
    if (tookMs > lookMsMax) this.#resize(0.5)
    else if (tookMs < lookMsMax / 2) this.#resize(2)
    return seen
  }

  #resize(factor: number): void {
    this.#entriesPerLook = Math.min(
      this.#options.entriesPerLookMax,
      Math.max(entriesPerLookMin, Math.floor(this.#entriesPerLook * factor)),
    )
  }

  /** Only what a second snapshot shows too counts. */
  async #quarantine(client: pg.PoolClient, faults: readonly AccountFault[]): Promise<void> {
    if (faults.length === 0) return
    const again = await inSnapshot(client, () => look(client, selectionOf(faults), false))
    const first = new Set(faults.map(accountKey))
    const confirmed = new Map(
      again.faults
        .filter((fault) => first.has(accountKey(fault)))
        .map((fault) => [`${accountKey(fault)}\0${faultText(fault)}`, fault]),
    )
    await this.#options.quarantines.open(client, [...confirmed.values()])
  }

  async #proveSums(client: pg.PoolClient): Promise<void> {
    const { clock, onSumsFaulty } = this.#options
    const startedAt = clock.now().getTime()
    if (startedAt < this.#sumsDueAt) return
    const { verification } = await proveOn(client, { full: false })
    const endedAt = clock.now()
    await recordResult(client, { kind: 'sums', provedAt: endedAt, verification })
    this.#sumsDueAt = startedAt + Math.max(sumsMs, sumsShareMax * (endedAt.getTime() - startedAt))
    const details = verification.checks.flatMap((check) => check.faults.map(({ detail }) => detail))
    if (details.length > 0) onSumsFaulty(details)
  }
}

/** The entries after a place in the order of their accounts, and every account up to where they end. */
async function roundSelection(
  client: pg.ClientBase,
  start: { readonly userId: string; readonly currency: string; readonly userSequence: bigint },
  limit: number,
): Promise<Selection> {
  const after = '(e.user_id, e.currency, e.user_sequence) > ($1::text, $2::text, $3::bigint)'
  const from = [start.userId, start.currency, start.userSequence]
  const { rows } = await client.query<{ user_id: string; currency: string }>(
    `select e.user_id, e.currency from ledger_entries e where ${after}
     order by e.user_id, e.currency, e.user_sequence limit 1 offset $4::integer - 1`,
    [...from, limit],
  )
  const end = rows[0]
  const upTo = end === undefined ? '' : 'and (b.user_id, b.currency) <= ($5::text, $6::text)'
  return {
    entries: `select e.* from ledger_entries e where ${after}
      order by e.user_id, e.currency, e.user_sequence limit $4::integer`,
    // The account that the last round ended in among them: its rest is in this one.
    accounts: `select b.user_id, b.currency from user_balances b
      where (b.user_id, b.currency) >= ($1::text, $2::text) ${upTo}`,
    values: end === undefined ? [...from, limit] : [...from, limit, end.user_id, end.currency],
  }
}

/** What was faulty, to be looked at again. */
function selectionOf(faults: readonly AccountFault[]): Selection {
  const entries = faults.filter(({ entryId }) => entryId !== null)
  return {
    entries: `select distinct e.* from unnest($1::text[], $2::uuid[]) as w (user_id, id)
      join ledger_entries e on e.user_id = w.user_id and e.id = w.id`,
    accounts: 'select * from unnest($3::text[], $4::text[])',
    values: [
      entries.map(({ userId }) => userId),
      entries.map(({ entryId }) => entryId),
      faults.map(({ userId }) => userId),
      faults.map(({ currency }) => currency),
    ],
  }
}

function accountKey({ userId, currency }: AccountFault): string {
  return `${userId}\0${currency}`
}

/** The least UUIDv7 of a time. */
function idAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
