import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@pineos/server/database/embedded/supervisor.ts'
import { migrate } from '@pineos/server/database/migrate.ts'
import { runtimeRoleName } from '@pineos/server/database/runtime-role.ts'
import { createPool } from '@pineos/server/database/session.ts'
import pg from 'pg'
import { printHeading, printLine } from './report.ts'

/** A migrated database that is gone afterwards. */
export interface ScratchDatabase {
  /** As the owner of the tables. */
  readonly owner: pg.Pool
  /** As the running service. */
  readonly pool: pg.Pool
}

const statementTimeoutMs = 3_600_000

/** Runs the work on a durable PostgreSQL in a directory of its own, with a way to get databases. */
export async function onScratchCluster(
  work: (
    inDatabase: (work: (database: ScratchDatabase) => Promise<void>) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'pineos-bench-'))
  // PostgreSQL runs under another account where this runs as root.
  chmodSync(directory, 0o755)
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'data'), log: () => {} })
  // Connections that are still closing when their database goes are ended with an error.
  const admin = new pg.Pool({ connectionString: postgres.connectionString, max: 1 })
  admin.on('error', () => {})
  try {
    printHeading('Machine')
    const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
    printLine(
      `Node ${process.version}, PostgreSQL ${postgres.version}, ${cpus().length} × ${processor}`,
    )
    await work(async (measure) => {
      await admin.query('create database scratch')
      try {
        await withDatabase(scratchUrl(postgres.connectionString), measure)
      } finally {
        await admin.query('drop database scratch with (force)')
      }
    })
  } finally {
    await admin.end()
    await postgres.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

function scratchUrl(connectionString: string): string {
  const url = new URL(connectionString)
  url.pathname = '/scratch'
  return url.href
}

async function withDatabase(
  connectionString: string,
  measure: (database: ScratchDatabase) => Promise<void>,
): Promise<void> {
  await migrate({ connectionString, log: () => {} })
  const owner = new pg.Pool({ connectionString, max: 2 })
  owner.on('error', () => {})
  const pool = createPool({
    connectionString,
    role: runtimeRoleName,
    applicationName: 'pineos-bench',
    connectionsMax: 4,
    onError: () => {},
    limits: {
      statementTimeoutMs,
      lockTimeoutMs: statementTimeoutMs,
      idleInTransactionTimeoutMs: statementTimeoutMs,
      queryTimeoutMs: statementTimeoutMs,
    },
  })
  try {
    await measure({ owner, pool })
  } finally {
    await pool.end()
    await owner.end()
  }
}
