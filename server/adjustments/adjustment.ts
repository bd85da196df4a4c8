import type {
  AdjustmentStatus,
  Adjustment as AdjustmentWire,
} from '@pineos/contract/adjustments.ts'
import type { Refusal } from '@pineos/core/ledger/refusal.ts'

/** What somebody asks to correct. Amounts are minor units of `currency`. */
export interface Proposal {
  readonly id: string
  /** The owner of the proposer's API key, to whom the idempotency key belongs. */
  readonly ownerId: string
  readonly idempotencyKey: string
  readonly fingerprint: string
  readonly fieldDigests: string
  readonly userId: string
  readonly direction: AdjustmentWire['direction']
  readonly amountCents: bigint
  readonly currency: string
  readonly reason: string
  readonly effectiveAt: Date | null
  readonly metadata: Readonly<Record<string, unknown>>
  /** The actor, as `key:<id>`. */
  readonly proposedBy: string
  readonly proposedAt: Date
  /** Null where it needs no approval. */
  readonly lapsesAt: Date | null
}

/** What a person said to it: approved, rejected or withdrew it. */
export interface PersonsDecision {
  readonly by: string
  readonly ownerId: string
  readonly at: Date
  /** Why it was rejected. */
  readonly reason: string | null
}

export interface Adjustment extends Proposal {
  readonly status: AdjustmentStatus
  readonly decision: PersonsDecision | null
  /** When the ledger posted or refused it, and how. */
  readonly settledAt: Date | null
  readonly entryId: string | null
  readonly refusal: Refusal | null
}

/** The adjustment as it is answered. Its amount fits a JSON integer: schema and table bound it. */
export function adjustmentToWire(adjustment: Adjustment): AdjustmentWire {
  const { decision, refusal } = adjustment
  return {
    id: adjustment.id,
    status: adjustment.status,
    user_id: adjustment.userId,
    direction: adjustment.direction,
    amount_cents: Number(adjustment.amountCents),
    currency: adjustment.currency,
    reason: adjustment.reason,
    effective_at: timeOf(adjustment.effectiveAt),
    metadata: adjustment.metadata,
    needs_approval: adjustment.lapsesAt !== null,
    proposed_by: adjustment.proposedBy,
    proposed_by_owner: adjustment.ownerId,
    proposed_at: adjustment.proposedAt.toISOString(),
    lapses_at: timeOf(adjustment.lapsesAt),
    decided_by: decision?.by ?? null,
    decided_by_owner: decision?.ownerId ?? null,
    decided_at: timeOf(decision?.at ?? null),
    decision_reason: decision?.reason ?? null,
    entry_id: adjustment.entryId,
    settled_at: timeOf(adjustment.settledAt),
    problem: refusal && { code: refusal.code, detail: refusal.detail },
  }
}

function timeOf(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
