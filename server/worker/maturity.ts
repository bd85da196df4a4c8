import { createHash } from 'node:crypto'
import { programDefault } from '@pineos/core/ledger/accounts.ts'
import type { LedgerCommand } from '@pineos/core/ledger/command.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { advisoryLocks, alone } from '../database/session-lock.ts'
import type { KeyedPosting } from '../journal/command.ts'
import type { Journal } from '../journal/journal.ts'

/** Postings of one run: a fraction of what the queue of the journal takes. */
const dueMax = 500
/** About what a posting of this kind carries, for the bounds of a batch. */
const postingBytes = 200

/** The owner of the keys that credits mature and expire under. */
const maturityOwner = 'system:maturity'

interface DueRow {
  readonly entry_id: string
  readonly expires_at: Date | null
  readonly due_at: Date
}

interface MaturityOptions {
  readonly pool: pg.Pool
  readonly journal: Journal
  readonly clock: Clock
  /** A new UUIDv7. */
  readonly newId: () => string
}

/**
 * Posts what is due by the clock: pending credits that mature or lapse, and credits that expire. Each
 * goes through the journal under a key made from its entry, so that it happens once whatever crashes
 * and however many processes look; whether there is anything left to post the ledger decides.
 */
export class Maturity {
  readonly #options: MaturityOptions
  /** Where the pass over what is due has got to; what was refused is passed over until the next. */
  #after: DueRow | undefined

  constructor(options: MaturityOptions) {
    this.#options = options
  }

  /** Posts a bounded number; true where more may be due. */
  async run(): Promise<boolean> {
    return await alone(
      this.#options.pool,
      { lock: advisoryLocks.maturity, otherwise: false },
      (client) => this.#postDue(client),
    )
  }

  async #postDue(client: pg.PoolClient): Promise<boolean> {
    const { journal, clock } = this.#options
    const now = clock.now()
    const due = await readDue(client, now.toISOString(), this.#after)
    await Promise.all(
      due.map((row) =>
        journal.submit({ kind: 'posting', posting: this.#postingOf(row, now) }, postingBytes),
      ),
    )
    this.#after = due.length < dueMax ? undefined : due.at(-1)
    return this.#after !== undefined
  }

  #postingOf(row: DueRow, now: Date): KeyedPosting {
    const isExpired = row.expires_at !== null && row.expires_at <= now
    const kind = isExpired ? 'expire' : 'confirm'
    const key = `${kind}-${row.entry_id}`
    const command: LedgerCommand = {
      kind,
      entryId: this.#options.newId(),
      idempotencyKey: key,
      actor: maturityOwner,
      sourceEvent: null,
      programId: programDefault,
      effectiveAt: null,
      metadata: {},
      targetEntryId: row.entry_id,
    }
    return {
      ownerId: maturityOwner,
      key,
      fingerprint: createHash('sha256').update(key).digest('hex'),
      fieldDigests: '',
      isBusinessKey: true,
      // What is refused now, such as in a quarantine, is tried again in the next pass.
      forgetsRefusals: true,
      command,
    }
  }
}

async function readDue(
  client: pg.PoolClient,
  now: string,
  after: DueRow | undefined,
): Promise<DueRow[]> {
  const { rows } = await client.query<DueRow>(
    `select entry_id, expires_at, due_at
     from entry_positions
     where due_at <= $1::timestamptz
       and ($2::timestamptz is null or (due_at, entry_id) > ($2::timestamptz, $3::uuid))
     order by due_at, entry_id
     limit ${dueMax}`,
    [now, after?.due_at.toISOString() ?? null, after?.entry_id ?? null],
  )
  return rows
}
