import { hash } from 'node:crypto'
import { programDefault } from '@pineos/core/ledger/accounts.ts'
import type { KeyedPosting } from '../journal/command.ts'
import type { Adjustment } from './adjustment.ts'

/** The owner of the keys that adjustments are posted under. */
const adjustmentsOwner = 'system:adjustments'

/**
 * The posting of an adjustment. Its key is made from the adjustment alone, so that whoever comes
 * second, in whatever process and after whatever crash, is told of the one entry there is. Refusals
 * are remembered with the key, so that two who post it at once cannot be told different things.
 */
export function adjustmentPosting(adjustment: Adjustment, entryId: string): KeyedPosting {
  const key = `adjustment-${adjustment.id}`
  return {
    ownerId: adjustmentsOwner,
    key,
    fingerprint: hash('sha256', key, 'hex'),
    fieldDigests: '',
    isBusinessKey: true,
    command: {
      kind: 'adjust',
      entryId,
      idempotencyKey: key,
      actor: adjustment.proposedBy,
      sourceEvent: null,
      programId: programDefault,
      effectiveAt: adjustment.effectiveAt?.toISOString() ?? null,
      metadata: metadataOf(adjustment),
      direction: adjustment.direction,
      userId: adjustment.userId,
      currency: adjustment.currency,
      amountCents: adjustment.amountCents,
      reason: adjustment.reason,
    },
  }
}

/** What the proposer sent, and last, so that nobody can send it in their place, what an auditor asks for. */
function metadataOf({ id, metadata, decision }: Adjustment): Readonly<Record<string, unknown>> {
  const { approved_by: _claimed, ...sent } = metadata
  return {
    ...sent,
    adjustment_id: id,
    ...(decision ? { approved_by: decision.by } : {}),
  }
}
