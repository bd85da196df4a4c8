import { createHash } from 'node:crypto'
import { canonicalJson } from '@pineos/core/canonical-json.ts'
import { programDefault } from '@pineos/core/ledger/accounts.ts'
import type { LedgerCommand } from '@pineos/core/ledger/command.ts'
import type { RuleJudgement } from '@pineos/core/program/judgement.ts'
import type { ActionPlan } from '@pineos/core/program/plan.ts'
import type { IncomingEvent, KeyedPosting } from './command.ts'
import type { EventHold } from './event-hold.ts'

/** The owner of the keys that rules post under. */
export const rulesOwner = 'system:rules'

/** The name of what an event may lead to, whatever it comes to. */
export interface PaymentKey {
  readonly key: string
  readonly fingerprint: string
}

interface NamedPayment {
  readonly ruleId: string
  readonly actionIndex: number
  readonly userId: string
}

/**
 * Once per event, rule, action and beneficiary; the version of the rule is no part of it, so that a
 * rule that was changed meanwhile does not pay the same event again.
 */
export function paymentKey(
  event: Pick<IncomingEvent, 'source' | 'id'>,
  { ruleId, actionIndex, userId }: NamedPayment,
): PaymentKey {
  return keyOf('event', [event.source, event.id, ruleId, actionIndex, userId])
}

/** Once per credit that waits and event that confirms it. */
export function confirmationKey(
  event: Pick<IncomingEvent, 'source' | 'id'>,
  { entryId }: Pick<EventHold, 'entryId'>,
): PaymentKey {
  return keyOf('event-confirm', [event.source, event.id, entryId])
}

function keyOf(prefix: string, fact: readonly (string | number)[]): PaymentKey {
  const fingerprint = createHash('sha256').update(canonicalJson(fact)).digest('hex')
  return { key: `${prefix}-${fingerprint}`, fingerprint }
}

function keyed({ key, fingerprint }: PaymentKey, command: LedgerCommand): KeyedPosting {
  return { ownerId: rulesOwner, key, fingerprint, fieldDigests: '', isBusinessKey: true, command }
}

interface PostingOptions {
  readonly event: Pick<IncomingEvent, 'source' | 'id'>
  /** A UUIDv7. */
  readonly entryId: string
  readonly recordedAt: string
}

/** What the plan of a rule comes to in the ledger. */
export function paymentPosting(
  { rule, plan, userId }: { rule: RuleJudgement; plan: ActionPlan; userId: string },
  key: PaymentKey,
  { event, entryId, recordedAt }: PostingOptions,
): KeyedPosting {
  const context = {
    entryId,
    idempotencyKey: key.key,
    actor: `rule:${rule.ruleId}@${rule.ruleVersion}`,
    sourceEvent: `${event.source}/${event.id}`,
    programId: programDefault,
    effectiveAt: null,
    metadata: {
      rule_id: rule.ruleId,
      rule_name: rule.ruleName,
      rule_version: rule.ruleVersion,
      action_index: plan.actionIndex,
    },
    userId,
    currency: plan.currency,
    amountCents: plan.amountCents,
  }
  if (plan.kind === 'debit') return keyed(key, { ...context, kind: 'debit' })
  const { rewardId } = plan
  return keyed(key, { ...context, kind: 'credit', rewardId, ...timesOf(plan, recordedAt) })
}

/** Until when the credit is pending, and when it is gone. */
function timesOf({ hold, expiresAtMs }: ActionPlan, recordedAt: string) {
  const expiresAt = expiresAtMs === null ? null : new Date(expiresAtMs).toISOString()
  if (hold.kind === 'event') return { isPending: true, availableAt: null, expiresAt }
  const availableAt = hold.kind === 'time' ? new Date(hold.availableAtMs).toISOString() : null
  // Of an event that comes late the time may have passed.
  if (availableAt === null || availableAt <= recordedAt)
    return { isPending: false, availableAt: null, expiresAt }
  // What expires before it matures lapses while it is pending.
  const matures = expiresAt === null || availableAt < expiresAt
  return { isPending: true, availableAt: matures ? availableAt : null, expiresAt }
}

/** The confirmation of a credit by the event that it has waited for. */
export function confirmationPosting(
  hold: EventHold,
  { event, entryId }: Pick<PostingOptions, 'event' | 'entryId'>,
): KeyedPosting {
  const key = confirmationKey(event, hold)
  return keyed(key, {
    kind: 'confirm',
    entryId,
    idempotencyKey: key.key,
    actor: rulesOwner,
    sourceEvent: `${event.source}/${event.id}`,
    programId: programDefault,
    effectiveAt: null,
    metadata: {},
    targetEntryId: hold.entryId,
  })
}
