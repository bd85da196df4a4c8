import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { migrate } from '../database/migrate.ts'

const templateName = 'pineos_template'
const attemptsMax = 50
const attemptDelayMs = 100

/** A database of its own for a test file. */
export interface TestDatabase {
  readonly connectionString: string
  /** The same as the superuser of the cluster. */
  readonly ownerConnectionString: string
  drop(): Promise<void>
}

/** A clone of the migrated template. */
export function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase(templateName)
}

/** A database without anything in it. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template0')
}

/** Makes the template anew; once, before the run. */
export async function prepareTemplate(clusterUrl: string): Promise<void> {
  await asSuperuser(clusterUrl, async (client) => {
    await client.query(`drop database if exists ${templateName} with (force)`)
    await client.query(`create database ${templateName} template template0`)
  })
  await migrate({ connectionString: urlOf(clusterUrl, templateName), log: () => {} })
}

async function createDatabase(template: string): Promise<TestDatabase> {
  const clusterUrl = inject('clusterUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await asSuperuser(clusterUrl, (client) => cloneOf(client, template, name))
  const url = urlOf(clusterUrl, name)
  return {
    connectionString: url,
    ownerConnectionString: url,
    drop: () => asSuperuser(clusterUrl, (client) => dropDatabase(client, name)),
  }
}

/**
 * PostgreSQL waits for five seconds for sessions that are ending. One that is thrown out tells a client that
 * has stopped listening, so that is only done with those that a test has left open.
 */
async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  try {
    await client.query(`drop database if exists ${name}`)
  } catch (error) {
    if (!isBusy(error)) throw error
    await client.query(`drop database if exists ${name} with (force)`)
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '55006'
}

/** The template can be cloned by one at a time, so another clone may be under way. */
async function cloneOf(client: pg.Client, template: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`create database ${name} template ${template} strategy wal_log`)
      return
    } catch (error) {
      if (!isBusy(error) || attempt === attemptsMax) throw error
      await new Promise((resolve) => setTimeout(resolve, attemptDelayMs))
    }
  }
}

async function asSuperuser(
  clusterUrl: string,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({ connectionString: clusterUrl })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

function urlOf(clusterUrl: string, database: string): string {
  const url = new URL(clusterUrl)
  url.pathname = `/${database}`
  return url.href
}
