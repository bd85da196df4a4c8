import pg from 'pg'
import { columnsFromJson, columnTypes } from '../export/columns.ts'
import { ExportFileFailure } from '../export/export-failure.ts'
import type { Section } from '../export/section.ts'
import { entryColumns, recordJoin } from '../export/sections.ts'
import { leafHash, leafJoin, leafText } from '../log/leaf.ts'
import { textArray } from './array-literal.ts'

/** Lines of one kind that follow each other. */
export interface LineRun {
  readonly firstLine: number
  readonly lines: readonly string[]
}

export interface ImportedLeaves {
  readonly entryIds: readonly string[]
  /** Of their leaves, side by side. */
  readonly hashes: Buffer
}

interface LeavesRow {
  /** Of the first row that would be written another way; null where each is as its line says. */
  readonly differing: number | null
  readonly entry_ids: string
  readonly hashes: Buffer
}

/** Rows that live as long as the import: balances are made from them once all is there. */
export const quarantinesTable = 'imported_quarantines'

// What a line says is what its row would be exported as, byte for byte, or it is refused.
const entriesSql = `
  with given as materialized (
    select n.line_number, n.line_text, w.*
    from unnest($1::text[]) with ordinality as n (line_text, line_number)
    cross join lateral (
      select ${columnsFromJson(entryColumns, 'j')}
      from json_to_record(n.line_text::json) as j (${columnTypes(entryColumns)})
    ) as w
  ), written as (
    insert into ledger_entries (${Object.keys(entryColumns).join(', ')})
    select ${namesOf(entryColumns, 'g')} from given g
  )
  select (min(e.line_number) filter (where ${leafText} <> e.line_text))::integer as differing,
    array_agg(e.id order by e.line_number)::text as entry_ids,
    string_agg(${leafHash}, ''::bytea order by e.line_number) as hashes
  from given e ${leafJoin}`

/** Writes entries as their lines say. Throws an ExportFileFailure where one cannot be. */
export async function importEntries(client: pg.ClientBase, run: LineRun): Promise<ImportedLeaves> {
  const row = await importRun<LeavesRow>(client, run, { name: 'import_entries', sql: entriesSql })
  return { entryIds: row.entry_ids.slice(1, -1).split(','), hashes: row.hashes }
}

/** Writes the rows of a section as their lines say. Throws an ExportFileFailure where one cannot be. */
export async function importRecords(
  client: pg.ClientBase,
  section: Section,
  run: LineRun,
): Promise<void> {
  await importRun(client, run, { name: `import_${section.record}`, sql: sectionSql(section) })
}

interface ImportStatement {
  readonly name: string
  readonly sql: string
}

// Rows that a migrated database has from the beginning.
const conflicts: Readonly<Record<string, string>> = {
  rule_set: 'on conflict (singleton) do update set version = excluded.version',
  // A service that was started on it has published its key.
  key: 'on conflict (key_id) do nothing',
}

function sectionSql(section: Section): string {
  const { record, columns } = section
  const table = record === 'quarantined_balance' ? quarantinesTable : section.table
  return `
    with given as materialized (
      select n.line_number, n.line_text, w.*
      from unnest($1::text[]) with ordinality as n (line_text, line_number)
      cross join lateral (
        select ${columnsFromJson(columns, 'j')}
        from json_to_record(n.line_text::json) as j (${columnTypes(columns)})
      ) as w
    ), written as (
      insert into ${table} (${Object.keys(columns).join(', ')})
      select ${namesOf(columns, 'g')} from given g
      ${conflicts[record] ?? ''}
    )
    select (min(g.line_number) filter (where row_to_json(l)::text <> g.line_text))::integer as differing
    from given g ${recordJoin(section, 'g')}`
}

function namesOf(columns: Readonly<Record<string, unknown>>, alias: string): string {
  return Object.keys(columns)
    .map((name) => `${alias}.${name}`)
    .join(', ')
}

async function importRun<Row extends Pick<LeavesRow, 'differing'>>(
  client: pg.ClientBase,
  run: LineRun,
  statement: ImportStatement,
): Promise<Row> {
  await client.query('savepoint import_run')
  try {
    const row = await insertLines<Row>(client, run, statement)
    await client.query('release savepoint import_run')
    return row
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    await client.query('rollback to savepoint import_run')
    // The database names no line: the same again, one by one, until it refuses one.
    for (const [at, line] of run.lines.entries()) {
      await insertLine(client, { firstLine: run.firstLine + at, lines: [line] }, statement)
    }
    throw error
  }
}

async function insertLine(
  client: pg.ClientBase,
  run: LineRun,
  statement: ImportStatement,
): Promise<void> {
  try {
    await insertLines(client, run, statement)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    throw new ExportFileFailure(run.firstLine, `the database refuses it: ${error.message}`)
  }
}

async function insertLines<Row extends Pick<LeavesRow, 'differing'>>(
  client: pg.ClientBase,
  { firstLine, lines }: LineRun,
  { name, sql }: ImportStatement,
): Promise<Row> {
  const { rows } = await client.query<Row>({ name, text: sql, values: [textArray(lines)] })
  const row = rows[0]
  if (!row) throw new Error(`${name} gave nothing`)
  if (row.differing !== null)
    throw new ExportFileFailure(
      firstLine + row.differing - 1,
      'the row would be written another way than the line: it is not from an export of this version',
    )
  return row
}
