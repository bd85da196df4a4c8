import type { AdjustmentStatus } from '@pineos/contract/adjustments.ts'
import type { Refusal } from '@pineos/core/ledger/refusal.ts'
import type pg from 'pg'
import { type RefusalJson, refusalFromJson, refusalToJson } from '../journal/idempotency-record.ts'
import type { Adjustment, PersonsDecision, Proposal } from './adjustment.ts'
import { assertMove } from './moves.ts'

/** What the ledger said. */
export type Settlement =
  | { readonly status: 'posted'; readonly entryId: string; readonly at: Date }
  | { readonly status: 'refused'; readonly refusal: Refusal; readonly at: Date }

export interface AdjustmentFilter {
  readonly status?: AdjustmentStatus | undefined
  readonly userId?: string | undefined
  readonly limit: number
  /** Only those older than the one with this id. */
  readonly beforeId?: string | undefined
}

/** The SQL of adjustments. Every move is conditional on the status it comes from. */
export interface AdjustmentStore {
  /** Stores the proposal, or gives the one that its owner has made under the same key. */
  insert(proposal: Proposal): Promise<{ readonly adjustment: Adjustment; readonly isNew: boolean }>
  find(id: string): Promise<Adjustment | undefined>
  /** Newest first. */
  list(filter: AdjustmentFilter): Promise<Adjustment[]>
  /** Those that are approved and not settled yet, oldest first, after the one with this id. */
  unsettled(page: { afterId: string | null; limit: number }): Promise<Adjustment[]>
  /** Ends the wait of those whose time has passed. */
  lapse(now: Date): Promise<void>
  /** Undefined where it does not wait any more. */
  decide(
    id: string,
    status: 'approved' | 'rejected' | 'withdrawn',
    decision: PersonsDecision,
  ): Promise<Adjustment | undefined>
  /** Undefined where it is settled already. */
  settle(id: string, settlement: Settlement): Promise<Adjustment | undefined>
}

const columns = `id, owner_id, idempotency_key, fingerprint, field_digests, user_id, direction,
  amount_cents, currency, reason, effective_at, metadata, proposed_by, proposed_at, lapses_at, status,
  decided_by, decided_by_owner_id, decided_at, decision_reason, settled_at, entry_id, refusal`

interface AdjustmentRow {
  readonly id: string
  readonly owner_id: string
  readonly idempotency_key: string
  readonly fingerprint: Buffer
  readonly field_digests: string
  readonly user_id: string
  readonly direction: Adjustment['direction']
  readonly amount_cents: bigint
  readonly currency: string
  readonly reason: string
  readonly effective_at: Date | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly proposed_by: string
  readonly proposed_at: Date
  readonly lapses_at: Date | null
  readonly status: AdjustmentStatus
  readonly decided_by: string | null
  readonly decided_by_owner_id: string | null
  readonly decided_at: Date | null
  readonly decision_reason: string | null
  readonly settled_at: Date | null
  readonly entry_id: string | null
  readonly refusal: RefusalJson | null
}

export function createAdjustmentStore({ pool }: { pool: pg.Pool }): AdjustmentStore {
  const one = async (sql: string, values: readonly unknown[]) => {
    const { rows } = await pool.query<AdjustmentRow>(sql, [...values])
    return rows[0] && adjustmentFromRow(rows[0])
  }
  return {
    insert: (proposal) => insertProposal(one, proposal),
    find: (id) => one(`select ${columns} from adjustments where id = $1::uuid`, [id]),
    list: (filter) => listAdjustments(pool, filter),

    async unsettled({ afterId, limit }) {
      const { rows } = await pool.query<AdjustmentRow>(
        `select ${columns} from adjustments
         where status = 'approved' and ($1::uuid is null or id > $1::uuid)
         order by id limit $2::integer`,
        [afterId, limit],
      )
      return rows.map(adjustmentFromRow)
    },

    async lapse(now) {
      await pool.query(
        `update adjustments set status = 'lapsed'
         where status = 'awaiting_approval' and lapses_at <= $1::timestamptz`,
        [now],
      )
    },

    decide(id, status, decision) {
      assertMove('awaiting_approval', status)
      return one(
        `update adjustments set status = $2::text, decided_by = $3::text,
           decided_by_owner_id = $4::text, decided_at = $5::timestamptz, decision_reason = $6::text
         where id = $1::uuid and status = 'awaiting_approval' and lapses_at > $5::timestamptz
         returning ${columns}`,
        [id, status, decision.by, decision.ownerId, decision.at, decision.reason],
      )
    },

    settle(id, settlement) {
      assertMove('approved', settlement.status)
      const isPosted = settlement.status === 'posted'
      return one(
        `update adjustments set status = $2::text, settled_at = $3::timestamptz,
           entry_id = $4::uuid, refusal = $5::jsonb
         where id = $1::uuid and status = 'approved'
         returning ${columns}`,
        [
          id,
          settlement.status,
          settlement.at,
          isPosted ? settlement.entryId : null,
          isPosted ? null : refusalToJson(settlement.refusal),
        ],
      )
    },
  }
}

type ReadOne = (sql: string, values: readonly unknown[]) => Promise<Adjustment | undefined>

async function insertProposal(
  one: ReadOne,
  proposal: Proposal,
): Promise<{ adjustment: Adjustment; isNew: boolean }> {
  const inserted = await one(
    `insert into adjustments (id, owner_id, idempotency_key, fingerprint, field_digests, user_id,
       direction, amount_cents, currency, reason, effective_at, metadata, proposed_by, proposed_at,
       lapses_at, status)
     values ($1::uuid, $2::text, $3::text, $4::bytea, $5::text, $6::text, $7::text, $8::bigint,
       $9::text, $10::text, $11::timestamptz, $12::jsonb, $13::text, $14::timestamptz,
       $15::timestamptz, $16::text)
     on conflict (owner_id, idempotency_key) do nothing
     returning ${columns}`,
    [
      proposal.id,
      proposal.ownerId,
      proposal.idempotencyKey,
      Buffer.from(proposal.fingerprint, 'hex'),
      proposal.fieldDigests,
      proposal.userId,
      proposal.direction,
      proposal.amountCents,
      proposal.currency,
      proposal.reason,
      proposal.effectiveAt,
      JSON.stringify(proposal.metadata),
      proposal.proposedBy,
      proposal.proposedAt,
      proposal.lapsesAt,
      proposal.lapsesAt === null ? 'approved' : 'awaiting_approval',
    ],
  )
  if (inserted) return { adjustment: inserted, isNew: true }
  // The insert has waited for whoever had the key, and nothing is ever deleted.
  const known = await one(
    `select ${columns} from adjustments where owner_id = $1::text and idempotency_key = $2::text`,
    [proposal.ownerId, proposal.idempotencyKey],
  )
  if (!known) throw new Error('an adjustment is neither new nor stored')
  return { adjustment: known, isNew: false }
}

async function listAdjustments(pool: pg.Pool, filter: AdjustmentFilter): Promise<Adjustment[]> {
  const conditions: string[] = []
  const values: unknown[] = []
  const add = (condition: string, value: unknown) => {
    values.push(value)
    conditions.push(condition.replace('?', `$${values.length}`))
  }
  if (filter.status !== undefined) add('status = ?::text', filter.status)
  if (filter.userId !== undefined) add('user_id = ?::text', filter.userId)
  // Ids are UUIDv7, so their order is the order of time.
  if (filter.beforeId !== undefined) add('id < ?::uuid', filter.beforeId)
  const { rows } = await pool.query<AdjustmentRow>(
    `select ${columns} from adjustments
     ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
     order by id desc limit $${values.length + 1}::integer`,
    [...values, filter.limit],
  )
  return rows.map(adjustmentFromRow)
}

function adjustmentFromRow(row: AdjustmentRow): Adjustment {
  return {
    id: row.id,
    ownerId: row.owner_id,
    idempotencyKey: row.idempotency_key,
    fingerprint: row.fingerprint.toString('hex'),
    fieldDigests: row.field_digests,
    userId: row.user_id,
    direction: row.direction,
    amountCents: row.amount_cents,
    currency: row.currency,
    reason: row.reason,
    effectiveAt: row.effective_at,
    metadata: row.metadata,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
    lapsesAt: row.lapses_at,
    status: row.status,
    decision: decisionOf(row),
    settledAt: row.settled_at,
    entryId: row.entry_id,
    refusal: row.refusal && refusalFromJson(row.refusal),
  }
}

function decisionOf(row: AdjustmentRow): PersonsDecision | null {
  const { decided_by: by, decided_by_owner_id: ownerId, decided_at: at } = row
  // All three or none, as the table holds them to.
  if (by === null || ownerId === null || at === null) return null
  return { by, ownerId, at, reason: row.decision_reason }
}
