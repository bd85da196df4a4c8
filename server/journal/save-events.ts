import type { BoundStatement, Statement } from './connection.ts'
import { byBothNames } from './order.ts'
import type { SaveContext } from './save-context.ts'
import type { WorkingSet } from './working-set.ts'

const eventsStatement: Statement = {
  name: 'journal_save_events',
  sql: `
    insert into events
      (source, id, type, user_id, occurred_at, received_at, data, fingerprint, command_id,
       rule_set_version)
    select n.source, n.id, n.type, n.user_id, n.occurred_at, $10::timestamptz, n.data::jsonb,
      n.fingerprint, n.command_id, n.rule_set_version
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[],
        $7::bytea[], $8::uuid[], $9::bigint[])
      as n (source, id, type, user_id, occurred_at, data, fingerprint, command_id,
        rule_set_version)`,
}

// A set of rules that has changed since the batch was loaded has another version, which the table refuses
// as none: what is counted from a version on must be counted by every event that is judged under it.
const decisionsStatement: Statement = {
  name: 'journal_save_decisions',
  sql: `
    insert into decisions
      (source, event_id, scope, rule_set_version, rules_evaluated, rules_triggered, results,
       confirmations, history, command_id, decided_at)
    select n.source, n.event_id, n.scope, s.version, n.rules_evaluated, n.rules_triggered,
      n.results::jsonb, n.confirmations::jsonb, n.history::jsonb, n.command_id, $11::timestamptz
    from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::integer[], $6::integer[],
        $7::text[], $8::text[], $9::text[], $10::uuid[])
      as n (source, event_id, scope, rule_set_version, rules_evaluated, rules_triggered, results,
        confirmations, history, command_id)
    left join rule_set s on s.singleton and s.version = n.rule_set_version`,
}

/** Saves events and decisions; fails where another writer has stored one of them since they were loaded. */
export function saveEvents(
  set: WorkingSet,
  { recordedAt }: SaveContext,
): readonly BoundStatement[] {
  const events = [...set.newEvents].sort((a, b) => byBothNames([a.source, a.id], [b.source, b.id]))
  const decisions = [...set.newDecisions].sort((a, b) =>
    byBothNames([a.source, a.eventId], [b.source, b.eventId]),
  )
  const eventValues = [
    events.map((event) => event.source),
    events.map((event) => event.id),
    events.map((event) => event.type),
    events.map((event) => event.userId),
    events.map((event) => event.occurredAt),
    events.map((event) => JSON.stringify(event.data)),
    events.map((event) => `\\x${event.fingerprint}`),
    events.map((event) => event.commandId),
    events.map((event) => event.ruleSetVersion.toString()),
    recordedAt,
  ]
  const decisionValues = [
    decisions.map((decision) => decision.source),
    decisions.map((decision) => decision.eventId),
    decisions.map((decision) => decision.scope),
    decisions.map((decision) => decision.ruleSetVersion.toString()),
    decisions.map((decision) => decision.rules_evaluated),
    decisions.map((decision) => decision.rules_triggered),
    decisions.map((decision) => JSON.stringify(decision.results)),
    decisions.map(({ confirmations }) => confirmations && JSON.stringify(confirmations)),
    decisions.map(({ history }) => history && JSON.stringify(history)),
    decisions.map((decision) => decision.commandId),
    recordedAt,
  ]
  return [
    ...(events.length > 0 ? [{ statement: eventsStatement, values: eventValues }] : []),
    ...(decisions.length > 0 ? [{ statement: decisionsStatement, values: decisionValues }] : []),
  ]
}
