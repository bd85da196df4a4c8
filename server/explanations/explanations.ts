import type { EventDecisions, Explanation } from '@pineos/contract/explanations.ts'
import type { RuleResult } from '@pineos/contract/rules.ts'
import { type Prospects, prospectsOf, type Referral } from '@pineos/core/program/prospects.ts'
import { verdictOf } from '@pineos/core/program/verdict.ts'
import { compileRuleSet } from '@pineos/core/rules/compiled/rule-set.ts'
import { factsOf } from '@pineos/core/rules/evaluation/event-facts.ts'
import type pg from 'pg'
import { eventToWire } from '../events/events.ts'
import { loadReferrals } from '../journal/load-holds.ts'
import { pairOf } from '../journal/referral.ts'
import { pairKey, WorkingSet } from '../journal/working-set.ts'
import { poolQueries } from '../rules/pool-queries.ts'
import {
  type DecidedEvent,
  type DecisionRow,
  judgedEventOf,
  readDecidedEvent,
  type StoredEventRow,
} from './decided-event.ts'
import {
  computedExplanation,
  type Explained,
  readsFor,
  readsOfLimits,
  storedExplanation,
} from './explanation.ts'
import { historyAsOf, keptHistory } from './history-as-of.ts'
import { decidedRule, type RuleAsOf, readRules, ruleAsOf } from './rule-as-of.ts'

export interface NamedEvent {
  readonly source: string
  readonly id: string
}

export interface Explanations {
  /** Everything that was decided on the event, said. Fails with `event_not_found`. */
  decisions(event: NamedEvent): Promise<EventDecisions>
  /**
   * Why the rule has paid for the event or has not, or what it would have done. Fails with
   * `event_not_found` or `rule_not_found`.
   */
  explain(event: NamedEvent, ruleId: string): Promise<Explanation>
}

export interface ExplanationsOptions {
  readonly pool: pg.Pool
  readonly defaultCurrency: string
  readonly timezone: string
  readonly recountedEventsMax?: number
}

export function createExplanations(options: ExplanationsOptions): Explanations {
  const { pool, ...language } = options
  return {
    async decisions(named) {
      const { event, decisions } = await readDecidedEvent(pool, named)
      const judged = decisions.flatMap(({ results }) =>
        results.map(({ rule_id: id, rule_version: version }) => ({ id, version })),
      )
      const ruleOf = await readRules(pool, judged, language)
      const explained = (result: RuleResult) => {
        const condition = ruleOf(result.rule_id, result.rule_version)?.condition ?? null
        const { isPaid, sentences } = verdictOf(result, { condition })
        return { ...result, is_paid: isPaid, sentences: [...sentences] }
      }
      return {
        event: wireOf(event),
        decisions: decisions.map((decision) => ({
          rule_id: decision.scope === '' ? null : decision.scope,
          rule_set_version: Number(decision.rule_set_version),
          decided_at: decision.decided_at.toISOString(),
          rules_evaluated: decision.rules_evaluated,
          rules_triggered: decision.rules_triggered,
          results: decision.results.map(explained),
          ...(decision.confirmations ? { confirmations: decision.confirmations } : {}),
        })),
      }
    },

    async explain(named, ruleId) {
      const decided = await readDecidedEvent(pool, named)
      const decision = decisionFor(decided, ruleId)
      const referral = await referralOf(pool, decided.event, decision)
      const result = decision?.results.find(({ rule_id }) => rule_id === ruleId)
      const asOf = { ruleSetVersion: decision?.rule_set_version ?? 0n, referral, language }
      const rule = result
        ? await decidedRule(pool, result, language)
        : await ruleAsOf(pool, ruleId, asOf)
      const asking = { options, event: decided.event, decision, referral, rule }
      const explained = await (result ? stored(result, asking) : computed(asking))
      const { id, name, version, wasInForce } = rule
      return {
        event: wireOf(decided.event),
        rule: { id, name, version, was_in_force: wasInForce },
        ...explained,
      }
    },
  }
}

interface Asking {
  readonly options: ExplanationsOptions
  readonly event: StoredEventRow
  readonly decision: DecisionRow | undefined
  readonly referral: Referral | null
  readonly rule: RuleAsOf
}

/** That of all rules, or else that in which the rule was asked alone, or else any. */
function decisionFor({ decisions }: DecidedEvent, ruleId: string): DecisionRow | undefined {
  const [first] = decisions
  return first?.scope === '' ? first : (decisions.find(({ scope }) => scope === ruleId) ?? first)
}

async function stored(result: RuleResult, asking: Asking): Promise<Explained> {
  const prospects = prospectsFor(asking)
  const reads = readsOfLimits(asking.rule, prospects)
  const { options, decision } = asking
  const counters = await keptHistory({ pool: options.pool, decision }, reads)
  return storedExplanation(result, asking.rule, { prospects, counters })
}

async function computed(asking: Asking): Promise<Explained> {
  const { options, event, decision, rule } = asking
  const notAsked = notAskedReason(asking)
  const prospects = prospectsFor(asking)
  const { pool, timezone, recountedEventsMax: eventsMax } = options
  const asOf = await historyAsOf(
    { pool, timezone, event, decision, ...(eventsMax === undefined ? {} : { eventsMax }) },
    prospects.asked.length === 0 ? [] : readsFor(rule, prospects),
    rule,
  )
  const isHypothetical = notAsked !== null
  const explained = computedExplanation(rule, prospects, { asOf, isHypothetical })
  if (!explained) return otherType(asking, notAsked)
  if (notAsked !== null)
    return { ...explained, sentences: [notAsked, ...explained.sentences, onlyAlone] }
  if (explained.outcome !== 'true') return explained
  // A decision lists every rule that it found to be met.
  return { ...explained, sentences: [unlisted] }
}

const onlyAlone =
  'This is what the rule would have done by itself; other rules could have denied, multiplied or replaced it.'
const unlisted =
  'The decision does not list the rule, so it was not met then; computed again it is. What it was told then was not kept.'

/** Why the rule was not asked when the event was judged; null where it was. */
function notAskedReason({ decision, rule }: Asking): string | null {
  if (!rule.wasInForce)
    return `The rule was not in force for this event when it was judged; this is what version ${rule.version} would have done.`
  if (decision && decision.scope !== '' && decision.scope !== rule.id)
    return 'The event was evaluated by another rule alone; this is what this one would have done.'
  return null
}

/** The rule is about other types of events, and nothing else of it matters. */
function otherType({ event, rule }: Asking, notAsked: string | null): Explained {
  const on = (rule.rule.on ?? []).join(', ')
  const verb = notAsked === null ? 'not paid' : 'would not pay'
  const why = `${verb}: the rule is about ${on}, and this event is ${event.type}.`
  return {
    basis: 'computed',
    standing: 'not_asked',
    outcome: 'false',
    conditions: [],
    actions: [],
    limits: [],
    sentences: notAsked === null ? [why] : [notAsked, why],
  }
}

function prospectsFor({ options, event, decision, referral, rule }: Asking): Prospects {
  const { id, name, version, rule: parsed } = rule
  const set = compileRuleSet([{ id, name, version, rule: parsed }])
  const isCounted = decision !== undefined && decision.command_id !== event.command_id
  const { timezone } = options
  return prospectsOf(set, judgedEventOf(event), { timezone, referral, isCounted, trace: 'all' })
}

/** The referral of the two that the event names, as it was when the decision was made. */
async function referralOf(
  pool: pg.Pool,
  event: StoredEventRow,
  decision: DecisionRow | undefined,
): Promise<Referral | null> {
  const judged = judgedEventOf(event)
  const pair = pairOf(factsOf(judged))
  if (!pair) return null
  const set = new WorkingSet()
  await loadReferrals(poolQueries(pool), set, [pair])
  const found = set.referrals.get(pairKey(pair.referrerId, pair.referredId))
  if (!found) return { startedAtMs: judged.atMs, isNew: true }
  const isOwn = found.source === event.source && found.eventId === event.id
  const isFirst = decision === undefined || decision.command_id === event.command_id
  return { startedAtMs: Date.parse(found.startedAt), isNew: isOwn && isFirst }
}

function wireOf(row: StoredEventRow) {
  return eventToWire({
    id: row.id,
    source: row.source,
    type: row.type,
    userId: row.user_id,
    occurredAt: row.occurred_at.toISOString(),
    receivedAt: row.received_at.toISOString(),
    data: row.data,
  })
}
