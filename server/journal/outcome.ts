import type { ActionResult, Decision } from '@pineos/contract/rules.ts'
import type { Entry } from '@pineos/core/ledger/entry.ts'
import type { Refusal } from '@pineos/core/ledger/refusal.ts'
import type { IncomingEvent } from './command.ts'
import type { KeptRead } from './decision-history.ts'

export type PostingOutcome =
  | { readonly kind: 'posted'; readonly entry: Entry; readonly isDuplicate: boolean }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly isDuplicate: boolean }
  /** The key was used for another request; `fields` differ. */
  | { readonly kind: 'key_reused'; readonly fields: readonly string[] }
  /** Another posting of the same atomic command was refused. */
  | { readonly kind: 'aborted' }

export interface AtomicOutcome {
  readonly kind: 'atomic'
  readonly outcomes: readonly PostingOutcome[]
}

export type EventOutcome =
  | {
      readonly kind: 'judged'
      readonly event: StoredEvent
      readonly decision: Decision
      readonly isDuplicate: boolean
    }
  /** The id was used for an event with another body. */
  | { readonly kind: 'event_id_reused' }
  /** The one rule that was asked for is not published. */
  | { readonly kind: 'rule_not_found' }

export interface StoredEvent extends IncomingEvent {
  readonly commandId: string
  /** RFC 3339, UTC. */
  readonly receivedAt: string
  /** The version of the rule set that it was first judged by, and from which on it is counted. */
  readonly ruleSetVersion: bigint
}

/** The decision taken on an event by all published rules, or by the one in `scope`. */
export interface StoredDecision extends Decision {
  readonly source: string
  readonly eventId: string
  readonly scope: string
  readonly ruleSetVersion: bigint
  readonly commandId: string
  /** What was read of counters for it; only of one that is to be stored. */
  readonly history?: readonly KeptRead[]
}

/** The decision as it is answered the second time: nothing was executed again. */
export function asDuplicate(decision: Decision): Decision {
  return {
    ...decision,
    results: decision.results.map((result) => ({
      ...result,
      actions_executed: result.actions_executed.map(
        (action): ActionResult => ({ ...action, is_duplicate: true }),
      ),
    })),
  }
}
