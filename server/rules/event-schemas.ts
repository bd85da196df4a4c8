import type { EventSchemas } from '@pineos/core/rules/catalogue/catalogue.ts'
import { readSchema, type SchemaFacts } from '@pineos/core/rules/catalogue/schema-facts.ts'
import type pg from 'pg'

/** What the registered schemas say of these types of events; of all types where it is null. */
export async function readEventSchemas(
  database: pg.Pool | pg.PoolClient,
  types: readonly string[] | null,
): Promise<EventSchemas> {
  const { rows } = await database.query<{ type: string; json_schema: unknown }>(
    `select type, json_schema from event_types
     where $1::text[] is null or type = any($1::text[]) order by type`,
    [types],
  )
  const schemas = new Map<string, SchemaFacts>()
  for (const { type, json_schema } of rows) {
    const reading = readSchema(json_schema)
    // It was read before it was stored; what an earlier version took and this one does not says nothing.
    if (reading.ok) schemas.set(type, reading)
  }
  return schemas
}
