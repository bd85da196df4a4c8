import { expect } from 'vitest'
import type {
  AdjustCommand,
  CreditCommand,
  DebitCommand,
  ExpireCommand,
  LedgerCommand,
  ReverseCommand,
} from './command.ts'
import type { LedgerInMemory } from './ledger-in-memory.ts'
import type { Posting } from './posting.ts'
import type { Refusal, RefusalCode } from './refusal.ts'

/** When the tests take place, where they do not say otherwise. */
export const at = '2027-01-31T12:00:00.000Z'

let ids = 0
export const nextId = () => `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`

const context = () => ({
  entryId: nextId(),
  idempotencyKey: `key-${ids}`,
  actor: 'key:test',
  sourceEvent: null,
  programId: 'default',
  effectiveAt: null,
  metadata: {},
})

const moved = { userId: 'alice', currency: 'USD' }

export function credit(amountCents: bigint, more: Partial<CreditCommand> = {}): CreditCommand {
  return {
    ...context(),
    ...moved,
    kind: 'credit',
    amountCents,
    rewardId: 'bonus',
    isPending: false,
    availableAt: null,
    expiresAt: null,
    ...more,
  }
}

export function debit(amountCents: bigint, more: Partial<DebitCommand> = {}): DebitCommand {
  return { ...context(), ...moved, kind: 'debit', amountCents, ...more }
}

/** A reversal of all that is left, or of an amount. */
export function reverse(
  targetEntryId: string,
  amountCents?: bigint,
  more: Partial<ReverseCommand> = {},
): ReverseCommand {
  return {
    ...context(),
    kind: 'reverse',
    targetEntryId,
    reason: 'refunded',
    portion: amountCents === undefined ? { kind: 'rest' } : { kind: 'amount', amountCents },
    shortfall: 'refuse',
    ...more,
  }
}

/** The reversal that follows a refund of so much of the purchase, all refunds together. */
export function refund(
  targetEntryId: string,
  refundedCents: bigint,
  paidCents: bigint,
): ReverseCommand {
  const portion = { kind: 'refund' as const, refundedCents, paidCents }
  return reverse(targetEntryId, undefined, { portion, shortfall: 'debt' })
}

export function confirm(targetEntryId: string): LedgerCommand {
  return { ...context(), kind: 'confirm', targetEntryId }
}

export function expire(targetEntryId: string): ExpireCommand {
  return { ...context(), kind: 'expire', targetEntryId }
}

export function adjust(
  direction: 'credit' | 'debit',
  amountCents: bigint,
  more: Partial<AdjustCommand> = {},
): AdjustCommand {
  const reason = 'counted twice'
  return { ...context(), ...moved, kind: 'adjust', direction, amountCents, reason, ...more }
}

/** Every posting of the command, in the order of the sequence. */
export function allPosted(
  ledger: LedgerInMemory,
  command: LedgerCommand,
  recordedAt = at,
): readonly Posting[] {
  const decision = ledger.execute(command, recordedAt)
  if (decision.outcome === 'refused') throw new Error(`refused: ${decision.refusal.code}`)
  return decision.postings
}

/** The posting of the entry that the command asked for. */
export function posted(ledger: LedgerInMemory, command: LedgerCommand, recordedAt = at): Posting {
  const own = allPosted(ledger, command, recordedAt).find(
    ({ entry }) => entry.id === command.entryId,
  )
  if (!own) throw new Error('the command has no entry of its own')
  return own
}

/** Expects the refusal, and that nothing was posted. */
export function refusedWith(
  ledger: LedgerInMemory,
  command: LedgerCommand,
  code: RefusalCode,
  recordedAt = at,
): Refusal {
  const before = ledger.entries.length
  const decision = ledger.execute(command, recordedAt)
  expect(decision).toMatchObject({ outcome: 'refused', refusal: { code } })
  expect(ledger.entries).toHaveLength(before)
  if (decision.outcome === 'posted') throw new Error('unreachable')
  return decision.refusal
}
