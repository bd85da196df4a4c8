import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

/** The process id of the PostgreSQL server behind the address, as its own lock file says. */
export async function findPostmaster(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    const lockFile = join(rows[0]?.data_directory ?? '', 'postmaster.pid')
    return Number((await readFile(lockFile, 'utf8')).split('\n')[0])
  } finally {
    await client.end()
  }
}
