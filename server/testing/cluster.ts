import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../database/embedded/supervisor.ts'
import { prepareTemplate } from './database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Connects to the cluster of the run as its superuser. */
    clusterUrl: string
  }
}

let postgres: EmbeddedPostgres | undefined
let directory: string | undefined

/**
 * Before a run: one PostgreSQL for all test files, with a migrated template database that each of
 * them clones. TEST_DATABASE_URL names a server to use instead.
 */
export async function setup(project: TestProject): Promise<void> {
  const given = process.env['TEST_DATABASE_URL']
  const clusterUrl = given ?? (await startCluster())
  await prepareTemplate(clusterUrl)
  project.provide('clusterUrl', clusterUrl)
}

export async function teardown(): Promise<void> {
  await postgres?.stop()
  if (directory) rmSync(directory, { recursive: true, force: true })
}

async function startCluster(): Promise<string> {
  directory = mkdtempSync(join(tmpdir(), 'pineos-test-'))
  // PostgreSQL may run under another account than the tests.
  chmodSync(directory, 0o755)
  postgres = await startEmbeddedPostgres({
    dataDir: directory,
    durable: false,
    settings: { max_connections: '300' },
    log: () => {},
  })
  return postgres.connectionString
}
