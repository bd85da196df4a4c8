import type pg from 'pg'
import type { AccountOfUser } from '../ledger/verify.ts'

/** How far the incremental check has got, for whichever process goes on with it. */
export interface Progress {
  /** The last entry of the round that was looked at; null between two rounds. */
  readonly place: (AccountOfUser & { readonly userSequence: bigint }) | null
  readonly roundStartedAt: Date | null
  readonly roundCompletedAt: Date | null
  readonly newestEntryId: string | null
  readonly checkedAt: Date | null
}

interface ProgressRow {
  readonly user_id: string | null
  readonly currency: string | null
  readonly user_sequence: bigint | null
  readonly round_started_at: Date | null
  readonly round_completed_at: Date | null
  readonly newest_entry_id: string | null
  readonly checked_at: Date | null
}

export async function readProgress(client: pg.ClientBase): Promise<Progress> {
  const { rows } = await client.query<ProgressRow>(
    `select user_id, currency, user_sequence, round_started_at, round_completed_at, newest_entry_id,
       checked_at
     from proof_progress`,
  )
  const row = rows[0]
  if (!row) throw new Error('the progress of the proof has lost its row')
  const { user_id: userId, currency, user_sequence: userSequence } = row
  return {
    place:
      userId === null || currency === null || userSequence === null
        ? null
        : { userId, currency, userSequence },
    roundStartedAt: row.round_started_at,
    roundCompletedAt: row.round_completed_at,
    newestEntryId: row.newest_entry_id,
    checkedAt: row.checked_at,
  }
}

export async function saveProgress(client: pg.ClientBase, progress: Progress): Promise<void> {
  const { place } = progress
  await client.query(
    `update proof_progress
     set user_id = $1::text, currency = $2::text, user_sequence = $3::bigint,
       round_started_at = $4::timestamptz, round_completed_at = $5::timestamptz,
       newest_entry_id = $6::uuid, checked_at = $7::timestamptz`,
    [
      place?.userId ?? null,
      place?.currency ?? null,
      place?.userSequence ?? null,
      progress.roundStartedAt,
      progress.roundCompletedAt,
      progress.newestEntryId,
      progress.checkedAt,
    ],
  )
}
