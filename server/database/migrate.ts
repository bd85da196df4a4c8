import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { assets } from '../assets.ts'
import { prepareRuntimeRole } from './runtime-role.ts'

const advisoryLock = 7_302_944_211
const lockAttemptsMax = 600
const lockAttemptDelayMs = 100
const fileNamePattern = /^(\d{4})-[a-z0-9-]+\.sql$/

export interface MigrateOptions {
  /** Connects as the owner of the schema. */
  readonly connectionString: string
  /** Where the service itself connects with another user: that user is granted what it needs. */
  readonly runtimeConnectionString?: string
  readonly log: (message: string) => void
}

export interface MigrateResult {
  /** File names of the migrations that this run applied. */
  readonly applied: readonly string[]
  /** The role that runtime sessions drop to; null where they keep the role they sign in with. */
  readonly runtimeRole: string | null
}

interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/**
 * Brings the schema to this version of the service: forward only, each file in a transaction of its
 * own, under an advisory lock so that any number of processes may start at once.
 * Fails where an applied file was edited since, or where the schema is newer than the service.
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const client = new pg.Client({
    connectionString: options.connectionString,
    application_name: 'pineos-migrate',
  })
  // Without a listener a connection that breaks between statements would end the process.
  client.on('error', (error) => options.log(`migration connection: ${error.message}`))
  await client.connect()
  try {
    await lock(client, options.log)
    const applied = await applyMissing(client, options.log)
    const runtimeRole = await prepareRuntimeRole(client, options)
    return { applied, runtimeRole }
  } finally {
    await client.end()
  }
}

/** Which migrations there are, and which of them this database has. */
export async function migrationStatus(
  client: pg.ClientBase | pg.Pool,
): Promise<readonly { readonly name: string; readonly isApplied: boolean }[]> {
  const migrations = await readMigrations()
  const versions = await appliedVersions(client)
  return migrations.map(({ name, version }) => ({ name, isApplied: versions.has(version) }))
}

async function lock(client: pg.Client, log: (message: string) => void): Promise<void> {
  for (let attempt = 0; attempt < lockAttemptsMax; attempt++) {
    const { rows } = await client.query<{ locked: boolean }>(
      'select pg_try_advisory_lock($1::bigint) as locked',
      [advisoryLock],
    )
    if (rows[0]?.locked) return
    if (attempt === 10) log('waiting for another process that is migrating')
    await new Promise((resolve) => setTimeout(resolve, lockAttemptDelayMs))
  }
  throw new Error('another process has been migrating for more than a minute')
}

async function applyMissing(client: pg.Client, log: (message: string) => void): Promise<string[]> {
  await client.query(`
    create table if not exists schema_migrations (
      version integer not null constraint schema_migrations_pk primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`)
  const migrations = await readMigrations()
  const { rows } = await client.query<{ version: number; name: string; checksum: string }>(
    'select version, name, checksum from schema_migrations order by version',
  )
  const known = new Map(migrations.map((migration) => [migration.version, migration]))
  for (const row of rows) {
    const file = known.get(row.version)
    if (!file)
      throw new Error(
        `the database has migration ${row.name}, which this version does not know: it is newer`,
      )
    if (file.checksum !== row.checksum)
      throw new Error(`migration ${file.name} was edited after it was applied`)
  }
  const appliedBefore = new Set(rows.map((row) => row.version))
  const missing = migrations.filter((migration) => !appliedBefore.has(migration.version))
  for (const migration of missing) {
    await apply(client, migration)
    log(`applied migration ${migration.name}`)
  }
  return missing.map((migration) => migration.name)
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(`set local lock_timeout = '5s'`)
    await client.query(migration.sql)
    await client.query(
      'insert into schema_migrations (version, name, checksum) values ($1::integer, $2::text, $3::text)',
      [migration.version, migration.name, migration.checksum],
    )
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new Error(`migration ${migration.name} failed: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

async function appliedVersions(client: pg.ClientBase | pg.Pool): Promise<ReadonlySet<number>> {
  const { rows } = await client.query<{ version: number }>('select version from schema_migrations')
  return new Set(rows.map((row) => row.version))
}

async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(assets.migrationsDir)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const version = Number(fileNamePattern.exec(name)?.[1])
      if (!version) throw new Error(`migration ${name} is not named NNNN-kebab-name.sql`)
      const sql = await readFile(join(assets.migrationsDir, name), 'utf8')
      return { version, name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}
