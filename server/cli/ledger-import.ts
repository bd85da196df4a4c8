import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import pg from 'pg'
import { loadConfig, readEnvironment } from '../config.ts'
import { openDatabaseBeside } from '../database/connection.ts'
import { migrate } from '../database/migrate.ts'
import { ExportFileFailure } from '../export/export-failure.ts'
import { type ImportResult, importLedger } from '../journal/import.ts'
import { createLog } from '../observability/log.ts'
import type { Terminal } from './terminal.ts'
import { withProgress } from './transfer-progress.ts'
import { formatVerification } from './verify.ts'

/** Imports a file into a database without a ledger. False where its proof of zero found a fault. */
export async function runLedgerImport(
  { input, dryRun }: { readonly input: string; readonly dryRun?: true },
  terminal: Terminal,
): Promise<boolean> {
  const source = createReadStream(input)
  try {
    // What cannot be read is told before a database is started for it.
    await once(source, 'open')
    const result = await withOwner((client) =>
      withProgress('Importing the ledger', (progress) =>
        importLedger({ client, source, isDryRun: dryRun === true, progress }),
      ),
    )
    terminal.print(formatVerification(result.verification))
    terminal.print(verdictOf(result))
    return result.verification.ok
  } catch (error) {
    if (error instanceof ExportFileFailure) throw new Error(`${input}, ${error.message}`)
    throw error
  } finally {
    source.destroy()
  }
}

function verdictOf({ verification, isKept, entries }: ImportResult): string {
  if (isKept) return `Imported ${entries} entries.`
  return verification.ok
    ? `Nothing was changed: this was a dry run. The ${entries} entries can be imported.`
    : 'Nothing was imported.'
}

/** A connection of the owner of the tables to the migrated database. */
async function withOwner<Answer>(use: (client: pg.Client) => Promise<Answer>): Promise<Answer> {
  const config = loadConfig(readEnvironment())
  const log = createLog('warn')
  const database = await openDatabaseBeside(config, log)
  try {
    const owner = config.migrationDatabaseUrl ?? database.connectionString
    await migrate({
      connectionString: owner,
      ...(owner === database.connectionString
        ? {}
        : { runtimeConnectionString: database.connectionString }),
      log: (message) => log.info(message),
    })
    const client = new pg.Client({ connectionString: owner, application_name: 'pineos-import' })
    client.on('error', (error) => log.warn({ err: error }, 'the database connection was lost'))
    await client.connect()
    try {
      return await use(client)
    } finally {
      await client.end()
    }
  } finally {
    await database.stop()
  }
}
