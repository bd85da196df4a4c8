import type { Quarantine } from '@pineos/contract/quarantines.ts'
import type pg from 'pg'
import type { AccountOfUser } from '../ledger/verify.ts'

interface QuarantineRow {
  readonly user_id: string
  readonly currency: string
  readonly since: Date
  readonly actor: string
  readonly faults: string[]
  readonly lifted_at: Date | null
  readonly lifted_by: string | null
  readonly reason: string | null
  readonly lifted_over: string[] | null
}

const rowsSql = `
  select q.user_id, q.currency, q.since, q.actor, q.faults, l.lifted_at, l.actor as lifted_by, l.reason,
    l.faults as lifted_over
  from quarantines q
  left join quarantine_lifts l on l.user_id = q.user_id and l.quarantine_id = q.id`

/** Newest first: those that are open, or all there ever were. */
export async function listQuarantines(
  pool: pg.Pool,
  { all, limit }: { all: boolean; limit: number },
): Promise<Quarantine[]> {
  const { rows } = await pool.query<QuarantineRow>(
    `${rowsSql} where $1::boolean or l.quarantine_id is null order by q.id desc limit $2::integer`,
    [all, limit],
  )
  return rows.map(quarantineFromRow)
}

/** The newest quarantine of the account that is open, or that was lifted. */
export async function latestQuarantine(
  client: pg.ClientBase,
  { userId, currency }: AccountOfUser,
  { isOpen }: { isOpen: boolean },
): Promise<Quarantine | undefined> {
  const { rows } = await client.query<QuarantineRow>(
    `${rowsSql}
     where q.user_id = $1::text and q.currency = $2::text and (l.quarantine_id is null) = $3::boolean
     order by q.id desc limit 1`,
    [userId, currency, isOpen],
  )
  return rows[0] && quarantineFromRow(rows[0])
}

function quarantineFromRow(row: QuarantineRow): Quarantine {
  return {
    user_id: row.user_id,
    currency: row.currency,
    since: row.since.toISOString(),
    actor: row.actor,
    faults: row.faults,
    lifted_at: row.lifted_at?.toISOString() ?? null,
    lifted_by: row.lifted_by,
    reason: row.reason,
    lifted_over: row.lifted_over,
  }
}
