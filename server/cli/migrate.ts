import pg from 'pg'
import { loadConfig, readEnvironment } from '../config.ts'
import { openDatabaseBeside } from '../database/connection.ts'
import { type MigrateOptions, migrate, migrationStatus } from '../database/migrate.ts'
import { createLog } from '../observability/log.ts'
import { formatTable } from './table.ts'
import type { Terminal } from './terminal.ts'

/** Brings the database to this version, or with `status` only shows what it has. */
export async function runMigrate(
  options: { readonly status?: true },
  terminal: Terminal,
): Promise<void> {
  const config = loadConfig(readEnvironment())
  const database = await openDatabaseBeside(config, createLog('warn'))
  try {
    const owner = config.migrationDatabaseUrl ?? database.connectionString
    if (options.status) {
      await printStatus(owner, terminal)
      return
    }
    const request: MigrateOptions = {
      connectionString: owner,
      ...(owner === database.connectionString
        ? {}
        : { runtimeConnectionString: database.connectionString }),
      log: terminal.warn,
    }
    const { applied } = await migrate(request)
    terminal.print(
      applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`,
    )
  } finally {
    await database.stop()
  }
}

async function printStatus(connectionString: string, terminal: Terminal): Promise<void> {
  const client = new pg.Client({ connectionString, application_name: 'pineos-migrate' })
  client.on('error', (error) => terminal.warn(error.message))
  await client.connect()
  try {
    const migrations = await migrationStatus(client)
    const rows = migrations.map(({ name, isApplied }) => [name, isApplied ? 'applied' : 'missing'])
    terminal.print(formatTable(['migration', 'status'], rows))
  } finally {
    await client.end()
  }
}
