import { eventSourceDefault } from '@pineos/contract/events.ts'
import { isStorableText } from '@pineos/contract/formats.ts'
import type { RuleMetric } from '@pineos/contract/rule-metrics.ts'
import type { Decision, EvaluateRequest } from '@pineos/contract/rules.ts'
import { readSentence } from '@pineos/core/language/sentence.ts'
import type { Judgement } from '@pineos/core/program/judgement.ts'
import type { Clock } from '../../clock.ts'
import { Failure } from '../../failure.ts'
import type { Journal } from '../../journal/journal.ts'
import { actionResult, isTriggered, ruleResult } from '../../journal/rule-result.ts'
import type { JudgeDry } from '../../rules/dry-run.ts'
import { actorOf, eTagOf } from '../../rules/rule-change.ts'
import type { RuleStore } from '../../rules/rule-store.ts'
import type { Handlers } from '../handler.ts'
import { incomingEvent, judgedOutcome } from './events.ts'

export interface RulesDependencies {
  readonly journal: Journal
  readonly ruleStore: RuleStore
  /** Judges without storing or paying; null where `ruleId` names no published rule. */
  readonly judgeDry: JudgeDry
  readonly listMetrics: () => Promise<RuleMetric[]>
  readonly clock: Clock
  /** A new UUIDv7. */
  readonly newId: () => string
}

/** What an event is called that was evaluated without a type of its own. */
const evaluatedType = 'evaluated'
const eventIdCharactersMax = 255
const ruleNameCharactersMax = 200

export function rulesHandlers(
  dependencies: RulesDependencies,
): Handlers<
  | 'createRule'
  | 'listRules'
  | 'listRuleMetrics'
  | 'getRule'
  | 'evaluateRules'
  | 'readSentence'
  | 'seedExampleRules'
> {
  const { journal, ruleStore, judgeDry, listMetrics, clock, newId } = dependencies

  return {
    async createRule({ body, principal }) {
      const { rule, isAwaitingApproval } = await ruleStore.create(body, actorOf(principal))
      const headers = { location: `/api/v1/rules/${rule.id}`, etag: eTagOf(rule) }
      return { status: isAwaitingApproval ? 202 : 201, body: rule, headers }
    },

    async listRuleMetrics() {
      return { status: 200, body: await listMetrics() }
    },

    async listRules({ query }) {
      return { status: 200, body: await ruleStore.list({ activeOnly: query.active_only ?? true }) }
    },

    async getRule({ parameters }) {
      const rule = await ruleStore.get(parameters.id)
      return { status: 200, body: rule, headers: { etag: eTagOf(rule) } }
    },

    async evaluateRules({ body, idempotencyKey, principal, bodyBytes }) {
      const ruleId = body.rule_id?.toLowerCase() ?? null
      const named = nameOfEvent(body, { idempotencyKey, ownerId: principal.ownerId })
      const event = incomingEvent(
        { ...named, type: typeOfEvent(body), data: body.event_data },
        clock.now(),
      )
      if (body.dry_run) {
        const judgement = await judgeDry(event, ruleId)
        if (!judgement) throw new Failure('rule_not_found')
        const decision = dryDecision(judgement)
        return {
          status: 200,
          body: { event_data: body.event_data, is_duplicate: false, ...decision },
        }
      }
      const outcome = await journal.submit({ kind: 'event', id: newId(), event, ruleId }, bodyBytes)
      const { decision, isDuplicate } = judgedOutcome(outcome)
      const { rules_evaluated, rules_triggered, results, confirmations } = decision
      return {
        status: 200,
        body: {
          event_data: body.event_data,
          is_duplicate: isDuplicate,
          rules_evaluated,
          rules_triggered,
          results,
          ...(confirmations ? { confirmations } : {}),
        },
        ...(isDuplicate ? { headers: { 'idempotent-replayed': 'true' } } : {}),
      }
    },

    async readSentence({ body, principal }) {
      const reading = readSentence(body.description)
      if (!reading.ok) {
        throw new Failure('sentence_unclear', reading.questions.join(' '), {
          questions: [...reading.questions],
        })
      }
      const { ruleJson, explanation, assumptions } = reading
      const name = body.rule_name ?? body.description.slice(0, ruleNameCharactersMax)
      const about = { explanation, assumptions: [...assumptions], questions: [] }
      if (!body.save) {
        const rule = { id: null, name, rule_json: ruleJson, status: null }
        return { status: 200, body: { rule, ...about } }
      }
      const draft = { name, description: body.description, rule_json: ruleJson } as const
      const { rule } = await ruleStore.create({ ...draft, status: 'draft' }, actorOf(principal))
      const { id, rule_json, status } = rule
      return { status: 201, body: { rule: { id, name, rule_json, status }, ...about } }
    },

    async seedExampleRules({ principal }) {
      const { rules, isNew } = await ruleStore.seedExamples(actorOf(principal))
      return isNew
        ? { status: 201, body: { message: 'The example rules were created.', rules } }
        : { status: 200, body: { message: 'The example rules were there already.', rules } }
    },
  }
}

/** By `event_data.event_id`, else by the key, which belongs to its owner. A dry run needs no name. */
function nameOfEvent(
  body: EvaluateRequest,
  { idempotencyKey, ownerId }: { idempotencyKey: string | undefined; ownerId: string },
): { id: string; source: string } {
  const id = body.event_data['event_id']
  if (id !== undefined) {
    if (
      typeof id === 'string' &&
      id !== '' &&
      [...id].length <= eventIdCharactersMax &&
      isStorableText(id)
    ) {
      return { id, source: eventSourceDefault }
    }
    const detail = `event_id must be a text of 1 to ${eventIdCharactersMax} characters.`
    const errors = [{ pointer: '/body/event_data/event_id', code: 'type', detail }]
    throw new Failure('validation_failed', detail, { errors })
  }
  if (idempotencyKey !== undefined) return { id: idempotencyKey, source: `key:${ownerId}` }
  if (body.dry_run) return { id: 'dry-run', source: 'dry-run' }
  throw new Failure(
    'idempotency_key_missing',
    'Name the event by event_data.event_id or by an Idempotency-Key header.',
  )
}

/** Its own, in `event_data.type` or `event_data.event_type`, so that triggers of rules apply. */
function typeOfEvent({ event_data: data }: EvaluateRequest): string {
  const type = data['type'] ?? data['event_type']
  return typeof type === 'string' && type !== '' ? type : evaluatedType
}

function dryDecision(judgement: Judgement): Decision {
  const results = judgement.results.map((rule) =>
    ruleResult(rule, rule.isShadow ? [] : rule.actions.map((plan) => actionResult(plan, null))),
  )
  return {
    rules_evaluated: judgement.rulesEvaluated,
    rules_triggered: results.filter(isTriggered).length,
    results,
  }
}
