import type { RuleResult } from '@pineos/contract/rules.ts'
import { noTotals } from '@pineos/core/rules/evaluation/history.ts'
import type { EventCommand, IncomingEvent } from './command.ts'
import { recordedAt } from './keyed-posting.fixture.ts'
import { readKey } from './load-counters.ts'
import { planEvents } from './plan-events.ts'
import { editionOf, setOf } from './rule-edition.fixture.ts'
import { type EventSettling, settleEvent } from './settle-event.ts'
import type { WorkingSet } from './working-set.ts'

type Rules = Readonly<Record<string, object>>

export const event: IncomingEvent = {
  source: 'shop',
  id: 'event-1',
  type: 'purchase',
  userId: 'alice',
  occurredAt: recordedAt,
  data: { total: 5, referrer_id: 'alice', referred_id: 'bob' },
  fingerprint: Buffer.from('event').toString('hex'),
}
export const credited = { type: 'credit', user: 'user_id', amount_cents: 500, reward_id: 'bonus' }
export const debited = {
  type: 'debit',
  user: 'referred_id',
  amount_cents: 5,
  currency: 'EUR',
}
export const atLeastFive = { field: 'total', operator: '>=', value: 5 }

let ids = 0
export const newId = () => `10000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`
export const commandOf = (more: Partial<EventCommand> = {}): EventCommand => ({
  kind: 'event',
  id: `command-${++ids}`,
  event,
  ruleId: null,
  ...more,
})
export const eventOf = (id: string, more: Partial<IncomingEvent> = {}): EventCommand =>
  commandOf({ event: { ...event, id, ...more } })

interface Options {
  readonly holdPaths?: readonly string[]
}

/** Plans and settles the commands, one batch, as if nothing had been counted before. */
export function settleAll(
  set: WorkingSet,
  rules: Rules,
  commands: readonly EventCommand[],
  options: Options = {},
) {
  const edition = editionOf(setOf(rules), { version: 9n, usesCounters: true, ...options })
  const planned = planEvents(set, commands, edition)
  const reads = [...planned.values()].flatMap((plan) => plan.reads)
  const settling: EventSettling = {
    recordedAt,
    newId,
    totals: new Map(reads.map((read) => [readKey(read), noTotals])),
    metricNumber: edition.metricNumber,
  }
  return [...planned.values()].map((plan) => settleEvent(set, plan, settling))
}

export function settle(set: WorkingSet, rules: Rules, command = commandOf()) {
  const [outcome] = settleAll(set, rules, [command])
  if (!outcome) throw new Error('nothing was settled')
  return outcome
}

export function resultsOf(outcome: ReturnType<typeof settle>): readonly RuleResult[] {
  if (outcome.kind !== 'judged') throw new Error(outcome.kind)
  return outcome.decision.results
}
