import type { LedgerCommand } from './command.ts'
import type { EntryPosition } from './entry.ts'
import { positionWith } from './entry.ts'
import { companionId, type Deciding, type Posting, post } from './posting.ts'

/**
 * What comes in pays the debt of its user first: after a posting that made something available, the
 * netting entry beside it. Where there is a debt nothing else is available, so that the credit itself
 * is the only one that netting can draw on.
 */
export function withNetting(deciding: Deciding<LedgerCommand>, inflow: Posting): Posting[] {
  const { entry, balance } = inflow
  // A pending credit makes nothing available yet.
  if (balance.debtCents === 0n || balance.availableCents === 0n) return [inflow]
  const amountCents =
    balance.debtCents < balance.availableCents ? balance.debtCents : balance.availableCents
  const lot = inflow.positions.find((position) => position.unspentCents > 0n)
  const netted = post(deciding, balance, {
    id: companionId(entry.id),
    flow: 'netting',
    amountCents,
    expiringCents: lot ? -amountCents : 0n,
    rewardId: entry.rewardId,
    relatedEntryId: entry.id,
    reason: null,
    availableAt: null,
    expiresAt: null,
  })
  // It takes no more than what has just come in, so nothing can stand in its way.
  if ('code' in netted) throw new Error(`netting was refused: ${netted.code}`)
  return [inflow, { ...netted, positions: lot ? [drawnBy(lot, amountCents)] : [] }]
}

function drawnBy(lot: EntryPosition, amountCents: bigint): EntryPosition {
  return positionWith(lot, { unspentCents: lot.unspentCents - amountCents }, null)
}
