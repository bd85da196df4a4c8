import { createHash } from 'node:crypto'
import type { Decision, RuleResult } from '@pineos/contract/rules.ts'
import { newId } from '../id.ts'
import type { Journal } from '../journal/journal.ts'

export interface SentEvent {
  readonly id: string
  readonly type?: string
  readonly userId?: string
  readonly at?: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** Sends an event and gives the decision on it. */
export async function send(journal: Journal, sent: SentEvent): Promise<Decision> {
  const { id, type = 'signup', userId = null, at = '2027-01-31T12:00:00.000Z', data = {} } = sent
  const fingerprint = createHash('sha256').update(JSON.stringify(sent)).digest('hex')
  const event = { source: 'shop', id, type, userId, occurredAt: at, data, fingerprint }
  const outcome = await journal.submit({ kind: 'event', id: newId(), event, ruleId: null }, 300)
  if (outcome.kind !== 'judged') throw new Error(outcome.kind)
  return outcome.decision
}

export function resultOf({ results }: Decision, ruleId: string): RuleResult {
  const result = results.find((each) => each.rule_id === ruleId)
  if (!result) throw new Error(`the rule ${ruleId} was not asked`)
  return result
}

/** What the rule paid in all: minor units of what was executed. */
export function paidBy(decision: Decision, ruleId: string): number {
  return resultOf(decision, ruleId)
    .actions_executed.filter(({ success }) => success)
    .reduce((sum, { amount_cents }) => sum + amount_cents, 0)
}
