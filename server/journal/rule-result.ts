import type { ActionResult, PlannedAction, RuleResult } from '@pineos/contract/rules.ts'
import type { RuleJudgement } from '@pineos/core/program/judgement.ts'
import type { ActionPlan } from '@pineos/core/program/plan.ts'
import type { PostingOutcome } from './outcome.ts'

/** The result of a rule in the wire form, with the actions that followed. */
export function ruleResult(rule: RuleJudgement, actions: readonly ActionResult[]): RuleResult {
  return {
    rule_id: rule.ruleId,
    rule_name: rule.ruleName,
    rule_version: rule.ruleVersion,
    conditions_met: rule.outcome === 'true',
    outcome: rule.outcome,
    standing: rule.standing,
    ...(rule.reason === null ? {} : { reason: rule.reason }),
    ...(rule.isShadow ? { is_shadow: true, would_pay: rule.actions.map(plannedAction) } : {}),
    conditions: [...rule.conditions],
    actions_executed: [...actions],
  }
}

/** True for a rule in force that is met; a shadow only says what it would do. */
export function isTriggered(result: RuleResult): boolean {
  return result.conditions_met && result.is_shadow !== true
}

/** What an action comes to that is not executed, in the wire form. */
export function plannedAction(plan: ActionPlan): PlannedAction {
  return {
    action_type: plan.kind,
    user_id: plan.userId,
    amount_cents: Number(plan.amountCents),
    currency: plan.currency,
    reward_id: plan.rewardId,
    problem: plan.problem && { ...plan.problem },
    ...(plan.notes.length > 0 ? { notes: [...plan.notes] } : {}),
  }
}

/** The result of an action in the wire form; without an outcome it was not executed. */
export function actionResult(plan: ActionPlan, outcome: PostingOutcome | null): ActionResult {
  const posted = outcome?.kind === 'posted' ? outcome : null
  return {
    success: posted !== null,
    entry_id: posted?.entry.id ?? null,
    is_duplicate: posted?.isDuplicate ?? false,
    ...plannedAction(plan),
    ...(outcome?.kind === 'refused'
      ? { problem: { code: outcome.refusal.code, detail: outcome.refusal.detail } }
      : {}),
  }
}
