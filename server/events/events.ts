import type { Event, ReceivedEvent } from '@pineos/contract/events.ts'
import type { Decision, RuleResult } from '@pineos/contract/rules.ts'
import type pg from 'pg'
import { Failure } from '../failure.ts'
import type { StoredEvent } from '../journal/outcome.ts'

export interface Events {
  /** The event with the decision of all rules on it. Fails with `event_not_found`. */
  get(source: string, id: string): Promise<ReceivedEvent>
}

interface EventRow {
  readonly source: string
  readonly id: string
  readonly type: string
  readonly user_id: string | null
  readonly occurred_at: Date
  readonly received_at: Date
  readonly data: Readonly<Record<string, unknown>>
  readonly rules_evaluated: number | null
  readonly rules_triggered: number | null
  readonly results: RuleResult[] | null
}

export function createEvents({ pool }: { pool: pg.Pool }): Events {
  return {
    async get(source, id) {
      const { rows } = await pool.query<EventRow>(
        `select e.source, e.id, e.type, e.user_id, e.occurred_at, e.received_at, e.data,
           d.rules_evaluated, d.rules_triggered, d.results
         from events e
         left join decisions d on d.source = e.source and d.event_id = e.id and d.scope = ''
         where e.source = $1::text and e.id = $2::text`,
        [source, id],
      )
      const row = rows[0]
      if (!row) throw new Failure('event_not_found', `There is no event ${id} of source ${source}.`)
      const event = eventToWire({
        ...row,
        userId: row.user_id,
        occurredAt: row.occurred_at.toISOString(),
        receivedAt: row.received_at.toISOString(),
      })
      const decision: Decision = {
        rules_evaluated: row.rules_evaluated ?? 0,
        rules_triggered: row.rules_triggered ?? 0,
        results: row.results ?? [],
      }
      return { event, is_duplicate: false, decision }
    },
  }
}

export function eventToWire(
  event: Pick<
    StoredEvent,
    'id' | 'source' | 'type' | 'userId' | 'occurredAt' | 'receivedAt' | 'data'
  >,
): Event {
  return {
    id: event.id,
    source: event.source,
    type: event.type,
    user_id: event.userId,
    occurred_at: event.occurredAt,
    received_at: event.receivedAt,
    data: event.data,
  }
}
