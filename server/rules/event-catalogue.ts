import {
  type EventType,
  type EventTypeRequest,
  eventTypesMax,
  type Fact,
  type InferredEventType,
} from '@pineos/contract/event-catalogue.ts'
import { catalogueOf } from '@pineos/core/rules/catalogue/catalogue.ts'
import { type Fact as CoreFact, operatorsOf } from '@pineos/core/rules/catalogue/fact.ts'
import { inferFacts } from '@pineos/core/rules/catalogue/infer-facts.ts'
import { schemaOfFacts } from '@pineos/core/rules/catalogue/infer-schema.ts'
import { samplesMax } from '@pineos/core/rules/catalogue/limits.ts'
import { readSchema } from '@pineos/core/rules/catalogue/schema-facts.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { inTransaction } from '../database/transaction.ts'
import { Failure } from '../failure.ts'
import { readEventSchemas } from './event-schemas.ts'

/** The types of events that say what their data has, and the facts that rules can read of them. */
export interface EventTypes {
  /** Fails with `event_schema_invalid` or `event_types_exceeded`. */
  put(
    type: string,
    request: EventTypeRequest,
    by: string,
  ): Promise<{ eventType: EventType; isNew: boolean }>
  list(): Promise<EventType[]>
  /** Fails with `event_type_not_found`. */
  get(type: string): Promise<EventType>
  /** Gives what was removed. Fails with `event_type_not_found`. */
  remove(type: string): Promise<EventType>
  /** What the newest stored events have. Fails with `event_type_unseen`. */
  infer(type: string): Promise<InferredEventType>
  /** The facts that rules for these types can read; of all registered types where it is null. */
  facts(on: readonly string[] | null): Promise<{ facts: Fact[]; is_complete: boolean }>
}

interface EventTypeRow {
  readonly type: string
  readonly description: string | null
  readonly json_schema: EventType['schema']
  readonly created_at: Date
  readonly updated_at: Date
  readonly updated_by: string
}

const columns = 'type, description, json_schema, created_at, updated_at, updated_by'

export function createEventTypes({ pool, clock }: { pool: pg.Pool; clock: Clock }): EventTypes {
  async function one(sql: string, type: string): Promise<EventType> {
    const { rows } = await pool.query<EventTypeRow>(sql, [type])
    const row = rows[0]
    if (!row) throw new Failure('event_type_not_found', `The type ${type} is not registered.`)
    return toWire(row)
  }

  return {
    async put(type, request, by) {
      assertSchema(request.schema)
      return inTransaction(pool, (client) =>
        putEventType(client, { type, request, by, now: clock.now() }),
      )
    },
    async list() {
      const { rows } = await pool.query<EventTypeRow>(
        `select ${columns} from event_types order by type`,
      )
      return rows.map(toWire)
    },
    get: (type) => one(`select ${columns} from event_types where type = $1::text`, type),
    remove: (type) =>
      one(`delete from event_types where type = $1::text returning ${columns}`, type),
    async infer(type) {
      const samples = await newestData(pool, type, clock.now())
      if (samples.length === 0)
        throw new Failure('event_type_unseen', `No event of the type ${type} is stored.`)
      const facts = inferFacts(samples)
      return {
        type,
        events_seen: samples.length,
        facts: facts.map(factToWire),
        schema: schemaOfFacts(facts),
      }
    },
    async facts(on) {
      const { facts, isComplete } = catalogueOf(on, await readEventSchemas(pool, on))
      return { facts: [...facts.values()].map(factToWire), is_complete: isComplete }
    },
  }
}

function assertSchema(schema: unknown): void {
  const reading = readSchema(schema)
  if (reading.ok) return
  const errors = reading.faults.map((fault) => ({
    ...fault,
    pointer: `/body/schema${fault.pointer}`,
  }))
  const count = errors.length === 1 ? 'One fault was' : `${errors.length} faults were`
  throw new Failure('event_schema_invalid', `${count} found in the schema.`, { errors })
}

async function putEventType(
  client: pg.PoolClient,
  put: { type: string; request: EventTypeRequest; by: string; now: Date },
): Promise<{ eventType: EventType; isNew: boolean }> {
  const { type, request, by, now } = put
  // One writer at a time, so that the count is that of the commit; readers go on.
  await client.query('lock table event_types in share row exclusive mode')
  const { rows: counts } = await client.query<{ others: number; known: number }>(
    `select (count(*) filter (where type <> $1::text))::integer as others,
            (count(*) filter (where type = $1::text))::integer as known
     from event_types`,
    [type],
  )
  const { others = 0, known = 0 } = counts[0] ?? {}
  if (known === 0 && others >= eventTypesMax) {
    const detail = `${others} types are registered, and there is room for ${eventTypesMax}.`
    throw new Failure('event_types_exceeded', detail)
  }
  const { rows } = await client.query<EventTypeRow>(
    `insert into event_types (type, description, json_schema, created_at, updated_at, updated_by)
     values ($1::text, $2::text, $3::jsonb, $4::timestamptz, $4::timestamptz, $5::text)
     on conflict (type) do update
     set description = excluded.description, json_schema = excluded.json_schema,
         updated_at = excluded.updated_at, updated_by = excluded.updated_by
     returning ${columns}`,
    [type, request.description ?? null, JSON.stringify(request.schema), now, by],
  )
  const row = rows[0]
  if (!row) throw new Error('a type of events that was just stored is not there')
  return { eventType: toWire(row), isNew: known === 0 }
}

const dayMs = 86_400_000
/** Events are looked for ever further back, so that a type that is common is found at once. */
const lookedBackDays = [1, 7, 30, 365, 36_500] as const

async function newestData(pool: pg.Pool, type: string, now: Date): Promise<readonly unknown[]> {
  let data: readonly unknown[] = []
  for (const days of lookedBackDays) {
    const { rows } = await pool.query<{ data: unknown }>(
      `select data from events
       where type = $1::text and received_at >= $2::timestamptz
       order by received_at desc limit $3::integer`,
      [type, new Date(now.getTime() - days * dayMs), samplesMax],
    )
    data = rows.map((row) => row.data)
    if (data.length === samplesMax) break
  }
  return data
}

const toWire = (row: EventTypeRow): EventType => ({
  type: row.type,
  description: row.description,
  schema: row.json_schema,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  updated_by: row.updated_by,
})

function factToWire({ isOptional, ...fact }: CoreFact): Fact {
  return { ...fact, is_optional: isOptional, operators: [...operatorsOf(fact.type)] }
}
