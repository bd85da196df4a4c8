import type { Verification } from '@pineos/contract/ledger.ts'
import type pg from 'pg'
import { type Block, readBlocks } from '../export/blocks.ts'
import { exportSettings } from '../export/columns.ts'
import type { TransferProgress } from '../export/export.ts'
import { ExportFileFailure } from '../export/export-failure.ts'
import { countedLines, type Header, parseHeader } from '../export/header.ts'
import { sections } from '../export/sections.ts'
import { runChecks } from '../ledger/verify.ts'
import { ImportedLog } from '../log/imported-log.ts'
import { deriveKept } from './import-derived.ts'
import { importEntries, importRecords, type LineRun, quarantinesTable } from './import-lines.ts'

export interface ImportOptions {
  /** A connection of the owner of the tables, without limits on its session. */
  readonly client: pg.Client
  /** The bytes of the file. */
  readonly source: AsyncIterable<Uint8Array>
  /** Do everything and keep nothing. */
  readonly isDryRun: boolean
  readonly progress: TransferProgress
}

export interface ImportResult {
  readonly verification: Verification
  readonly entries: number
  /** Whether the ledger is in the database now. */
  readonly isKept: boolean
}

/** Tables beside those of the sections that belong to a ledger. */
const otherTables = [
  'ledger_entries',
  'user_balances',
  'account_stripes',
  'ledger_totals',
  'log_intake',
  'log_tiles',
  'log_tile_entries',
]
const tables = [...new Set([...otherTables, ...sections.map(({ table }) => table)])]
/** Those that a database has rows of before there is a ledger. */
const neverEmpty = new Set(['rule_set', 'log_keys'])

/**
 * Imports an export into a database without a ledger, in one transaction: the same entries, records,
 * log and heads as in the file, what is kept beside them computed again, and the full proof of zero over
 * all of it. Only where that is right it is committed. Throws an ExportFileFailure with the number of
 * the line where the file is not what was exported; then, or after a crash, nothing has changed.
 */
export async function importLedger(options: ImportOptions): Promise<ImportResult> {
  const { client, isDryRun } = options
  await client.query('begin')
  try {
    await prepare(client)
    const entries = await importFile(options)
    await deriveKept(client)
    // The proof is planned by what is there now.
    await client.query(`analyze ${tables.join(', ')}`)
    const { verification } = await runChecks(client, { full: true })
    const isKept = verification.ok && !isDryRun
    await client.query(isKept ? 'commit' : 'rollback')
    return { verification, entries, isKept }
  } catch (error) {
    // Of a connection that is lost, the end of the session has rolled back.
    await client.query('rollback').catch(() => {})
    throw error
  }
}

async function prepare(client: pg.Client): Promise<void> {
  await client.query(exportSettings)
  // A service that runs on the database waits, and finds the ledger when it goes on.
  await client.query(`lock table ${tables.join(', ')} in share row exclusive mode`)
  const looks = tables
    .filter((table) => !neverEmpty.has(table))
    .map((table) => `select '${table}' as name where exists (select from ${table})`)
  const { rows } = await client.query<{ name: string }>(looks.join(' union all '))
  if (rows.length > 0) {
    const names = rows.map(({ name }) => name).join(', ')
    throw new Error(
      `The database has a ledger already (rows in ${names}): an export can only be imported into one without. Nothing was changed.`,
    )
  }
  await client.query(
    `create temporary table ${quarantinesTable} (user_id text not null, currency text not null)
     on commit drop`,
  )
}

async function importFile({ client, source, progress }: ImportOptions): Promise<number> {
  let header: Header | undefined
  const blocks = readBlocks(source, (line) => {
    header = parseHeader(line)
    progress.start(countedLines(header))
  })
  const file = new ImportedFile(client)
  for await (const block of blocks) {
    if (!header) throw new Error('a block was read before the header')
    const records = block.firstLine === 1 ? withoutFirst(block) : block
    await file.importBlock(records, header)
    progress.advance(records.lines.length)
  }
  if (!header) throw new ExportFileFailure(1, 'the file is empty')
  await file.finish(header)
  return header.tree_size
}

function withoutFirst({ lines, firstLine }: Block): Block {
  return { firstLine: firstLine + 1, lines: lines.slice(1) }
}

const recordPattern = /^\{"record":"(\w*)"/
/** Entries come first, then the sections in their order. */
const order = ['entry', ...sections.map(({ record }) => record)]

class ImportedFile {
  readonly #client: pg.Client
  readonly #log: ImportedLog
  readonly #counts = new Map<string, number>()
  /** Of `order`, what the last line was. */
  #place = 0
  #lastLine = 1
  #isLogFinished = false

  constructor(client: pg.Client) {
    this.#client = client
    this.#log = new ImportedLog(client)
  }

  async importBlock(block: Block, header: Header): Promise<void> {
    for (let at = 0; at < block.lines.length; ) {
      const place = placeOf(block, at, this.#place)
      let end = at + 1
      while (end < block.lines.length && placeOf(block, end, place) === place) end += 1
      const run = { firstLine: block.firstLine + at, lines: block.lines.slice(at, end) }
      if (place > 0) await this.#finishLog(header, run.firstLine)
      await this.#importRun(place, run)
      this.#place = place
      this.#lastLine = block.firstLine + end - 1
      at = end
    }
  }

  async finish(header: Header): Promise<void> {
    await this.#finishLog(header, this.#lastLine + 1)
    for (const record of order) {
      const [said, found] = [header.counts[record] ?? 0, this.#counts.get(record) ?? 0]
      if (said !== found)
        throw new ExportFileFailure(1, `the header counts ${said} of ${record}, there are ${found}`)
    }
  }

  async #importRun(place: number, run: LineRun): Promise<void> {
    const record = order[place] ?? ''
    const section = sections[place - 1]
    if (section) await importRecords(this.#client, section, run)
    else await this.#log.append(await importEntries(this.#client, run))
    this.#counts.set(record, (this.#counts.get(record) ?? 0) + run.lines.length)
  }

  /** Once the last entry is there: the tree must be the one whose head the file has. */
  async #finishLog({ tree_size: size, head }: Header, line: number): Promise<void> {
    if (this.#isLogFinished) return
    this.#isLogFinished = true
    const root = await this.#log.finish()
    if (this.#log.size !== size || (head && head.root_hash !== root.toString('hex')))
      throw new ExportFileFailure(
        line,
        `the ${this.#log.size} entries before are not the ${size} that the head in line 1 was signed over: one was changed, moved, put in or taken out`,
      )
  }
}

/** Of the record of a line among all of them; `placeMin` is that of the line before. */
function placeOf({ lines, firstLine }: Block, at: number, placeMin: number): number {
  const record = recordPattern.exec(lines[at] ?? '')?.[1] ?? 'entry'
  const place = order.indexOf(record)
  if (place < 0)
    throw new ExportFileFailure(firstLine + at, `there is no kind of record "${record}"`)
  if (place < placeMin) {
    const before = order[placeMin]
    throw new ExportFileFailure(
      firstLine + at,
      `a record of ${record} cannot come after one of ${before}`,
    )
  }
  return place
}
