import type { Confirmation, RuleResult } from '@pineos/contract/rules.ts'
import { factsOf } from '@pineos/core/rules/evaluation/event-facts.ts'
import type { EventCommand } from './command.ts'
import type { JournalConnection, Statement } from './connection.ts'
import { judgedEvent } from './judged-event.ts'
import { loadReferrals } from './load-holds.ts'
import { pairOf } from './referral.ts'
import { decisionKey, pairKey, type WorkingSet } from './working-set.ts'

/**
 * Loads what is stored of the events and of their decisions, and the version of the published rules
 * they are to be judged by.
 */
export async function loadEvents(
  connection: JournalConnection,
  set: WorkingSet,
  commands: readonly EventCommand[],
): Promise<bigint> {
  const sources = commands.map((command) => command.event.source)
  const ids = commands.map((command) => command.event.id)
  const scopes = commands.map((command) => command.ruleId ?? '')
  // Decisions before events: each statement sees what is committed when it runs, and an event that
  // another process commits in between must not be missing beside its decision.
  const pairs = commands.flatMap(({ event }) => pairOf(factsOf(judgedEvent(event))) ?? [])
  const [decisions, events, version] = await Promise.all([
    connection.query<DecisionRow>(decisionsStatement, [sources, ids, scopes]),
    connection.query<EventRow>(eventsStatement, [sources, ids]),
    connection.query<{ version: bigint }>(ruleSetVersionStatement, []),
    loadReferrals(connection, set, pairs),
  ])
  for (const row of events.rows) {
    set.events.rows.set(pairKey(row.source, row.id), {
      source: row.source,
      id: row.id,
      type: row.type,
      userId: row.user_id,
      occurredAt: row.occurred_at.toISOString(),
      receivedAt: row.received_at.toISOString(),
      data: row.data,
      fingerprint: row.fingerprint.toString('hex'),
      commandId: row.command_id,
      ruleSetVersion: row.rule_set_version,
    })
  }
  for (const row of decisions.rows) {
    const { source, event_id: eventId, scope } = row
    set.decisions.rows.set(decisionKey({ source, eventId, scope }), {
      source,
      eventId,
      scope,
      ruleSetVersion: row.rule_set_version,
      commandId: row.command_id,
      rules_evaluated: row.rules_evaluated,
      rules_triggered: row.rules_triggered,
      results: row.results,
      ...(row.confirmations === null ? {} : { confirmations: row.confirmations }),
    })
  }
  const ruleSetVersion = version.rows[0]?.version
  if (ruleSetVersion === undefined) throw new Error('the row of the rule set is missing')
  return ruleSetVersion
}

interface EventRow {
  readonly source: string
  readonly id: string
  readonly type: string
  readonly user_id: string | null
  readonly occurred_at: Date
  readonly received_at: Date
  readonly data: Readonly<Record<string, unknown>>
  readonly fingerprint: Buffer
  readonly command_id: string
  readonly rule_set_version: bigint
}

interface DecisionRow {
  readonly source: string
  readonly event_id: string
  readonly scope: string
  readonly rule_set_version: bigint
  readonly rules_evaluated: number
  readonly rules_triggered: number
  readonly results: RuleResult[]
  readonly confirmations: Confirmation[] | null
  readonly command_id: string
}

const eventsStatement: Statement = {
  name: 'journal_load_events',
  sql: `
    select e.source, e.id, e.type, e.user_id, e.occurred_at, e.received_at, e.data, e.fingerprint,
      e.command_id, e.rule_set_version
    from unnest($1::text[], $2::text[]) as wanted (source, id)
    join events e on e.source = wanted.source and e.id = wanted.id`,
}

const decisionsStatement: Statement = {
  name: 'journal_load_decisions',
  sql: `
    select d.source, d.event_id, d.scope, d.rule_set_version, d.rules_evaluated, d.rules_triggered,
      d.results, d.confirmations, d.command_id
    from unnest($1::text[], $2::text[], $3::text[]) as wanted (source, event_id, scope)
    join decisions d
      on d.source = wanted.source and d.event_id = wanted.event_id and d.scope = wanted.scope`,
}

const ruleSetVersionStatement: Statement = {
  name: 'journal_load_rule_set_version',
  sql: 'select version from rule_set where singleton',
}

/** For the proof that each finds its rows by index. */
export const loadEventsStatements: readonly Statement[] = [
  eventsStatement,
  decisionsStatement,
  ruleSetVersionStatement,
]
