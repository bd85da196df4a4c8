import { createHash } from 'node:crypto'
import type { ActionResult, RuleResult } from '@pineos/contract/rules.ts'
import { canonicalJson } from '@pineos/core/canonical-json.ts'
import { programDefault } from '@pineos/core/ledger/accounts.ts'
import type { ActionPlan, Judgement, RuleJudgement } from '@pineos/core/program/judgement.ts'
import type { EventCommand, IncomingEvent, KeyedPosting } from './command.ts'
import { asDuplicate, type EventOutcome, type PostingOutcome } from './outcome.ts'
import { settlePosting } from './settle.ts'
import { decisionKey, pairKey, type WorkingSet } from './working-set.ts'

/** The owner of the keys that rules post under. */
const rulesOwner = 'system:rules'

/** An event with the judgement of the rules on it: what was decided before the ledger is asked. */
export interface JudgedEvent {
  readonly command: EventCommand
  /** Null where the one rule that was asked for is not published. */
  readonly judgement: Judgement | null
  readonly ruleSetVersion: bigint
  readonly actions: readonly JudgedAction[]
}

/** One action of a matching rule; without a posting where nobody is there to receive it. */
export interface JudgedAction {
  readonly rule: RuleJudgement
  readonly plan: ActionPlan
  readonly posting: KeyedPosting | null
}

/** Lays out what the judgement leads to. `newId` gives a UUIDv7 for each posting. */
export function layOut(
  command: EventCommand,
  judged: { judgement: Judgement | null; ruleSetVersion: bigint },
  newId: () => string,
): JudgedEvent {
  const actions = (judged.judgement?.results ?? []).flatMap((rule) =>
    rule.actions.map((plan) => ({
      rule,
      plan,
      posting: postingOf(command.event, { rule, plan }, newId),
    })),
  )
  return { command, ...judged, actions }
}

/**
 * Stores the event, posts what it earns and concludes with the decision: all of it in one layer, or,
 * where the event was decided before in this scope, the first decision again.
 */
export function settleEvent(
  set: WorkingSet,
  judged: JudgedEvent,
  recordedAt: string,
): EventOutcome {
  const { command } = judged
  const { event } = command
  const scope = command.ruleId ?? ''
  const stored = set.events.get(pairKey(event.source, event.id))
  if (stored && stored.fingerprint !== event.fingerprint) return { kind: 'event_id_reused' }
  const decided = set.decisions.get(decisionKey({ source: event.source, eventId: event.id, scope }))
  if (stored && decided) {
    const isDuplicate = decided.commandId !== command.id
    return {
      kind: 'judged',
      event: stored,
      isDuplicate,
      decision: isDuplicate ? asDuplicate(decided) : decided,
    }
  }
  if (!judged.judgement) {
    // Without a rule that was asked for there is always a judgement, if only an empty one.
    if (command.ruleId === null) throw new Error('an event without a decision was not judged')
    return { kind: 'rule_not_found' }
  }
  const layer = set.layer()
  const received = stored ?? { ...event, commandId: command.id, receivedAt: recordedAt }
  if (!stored) layer.receive(received)
  const results = judged.judgement.results.map((rule) =>
    ruleResult(rule, executeActions(layer, judged.actions, { rule, recordedAt })),
  )
  const decision = {
    source: event.source,
    eventId: event.id,
    scope,
    ruleSetVersion: judged.ruleSetVersion,
    commandId: command.id,
    rules_evaluated: judged.judgement.rulesEvaluated,
    rules_triggered: results.filter((result) => result.conditions_met).length,
    results,
  }
  layer.conclude(decision)
  layer.mergeDown()
  return { kind: 'judged', event: received, decision, isDuplicate: false }
}

function executeActions(
  set: WorkingSet,
  actions: readonly JudgedAction[],
  { rule, recordedAt }: { rule: RuleJudgement; recordedAt: string },
): ActionResult[] {
  return actions
    .filter((action) => action.rule === rule)
    .map(({ plan, posting }) =>
      actionResult(plan, posting ? settlePosting(set, posting, recordedAt) : null),
    )
}

/** The result of a rule in the wire form, with the actions that followed. */
export function ruleResult(rule: RuleJudgement, actions: readonly ActionResult[]): RuleResult {
  return {
    rule_id: rule.ruleId,
    rule_name: rule.ruleName,
    rule_version: rule.ruleVersion,
    conditions_met: rule.outcome === 'true',
    outcome: rule.outcome,
    conditions: [...rule.conditions],
    actions_executed: [...actions],
  }
}

/** The result of an action in the wire form; without an outcome it could not be executed. */
export function actionResult(plan: ActionPlan, outcome: PostingOutcome | null): ActionResult {
  const posted = outcome?.kind === 'posted' ? outcome : null
  return {
    success: posted !== null,
    action_type: plan.kind,
    entry_id: posted?.entry.id ?? null,
    user_id: plan.userId ?? null,
    amount_cents: Number(plan.amountCents),
    currency: plan.currency,
    reward_id: plan.rewardId ?? null,
    is_duplicate: posted?.isDuplicate ?? false,
    problem: problemOf(plan, outcome),
  }
}

function problemOf(plan: ActionPlan, outcome: PostingOutcome | null): ActionResult['problem'] {
  if (!outcome)
    return {
      code: 'beneficiary_missing',
      detail: plan.unresolved ?? 'The event names no beneficiary.',
    }
  if (outcome.kind === 'refused')
    return { code: outcome.refusal.code, detail: outcome.refusal.detail }
  return null
}

function postingOf(
  event: IncomingEvent,
  { rule, plan }: { rule: RuleJudgement; plan: ActionPlan },
  newId: () => string,
): KeyedPosting | null {
  if (plan.userId === undefined) return null
  // Once per event, rule, action and beneficiary; the version of the rule is no part of it, so that
  // a rule that was changed meanwhile does not pay the same event again.
  const fact = [event.source, event.id, rule.ruleId, plan.actionIndex, plan.userId]
  const fingerprint = createHash('sha256').update(canonicalJson(fact)).digest('hex')
  const key = `event-${fingerprint}`
  const context = {
    entryId: newId(),
    idempotencyKey: key,
    actor: `rule:${rule.ruleId}@${rule.ruleVersion}`,
    sourceEvent: `${event.source}/${event.id}`,
    programId: programDefault,
    effectiveAt: null,
    metadata: { rule_name: rule.ruleName },
    userId: plan.userId,
    currency: plan.currency,
    amountCents: plan.amountCents,
  }
  return {
    ownerId: rulesOwner,
    key,
    fingerprint,
    fieldDigests: '',
    isBusinessKey: true,
    command:
      plan.kind === 'credit'
        ? {
            ...context,
            kind: 'credit',
            rewardId: plan.rewardId ?? null,
            isPending: false,
            availableAt: null,
            expiresAt: null,
          }
        : { ...context, kind: 'debit' },
  }
}
