import pg from 'pg'

/** Runs statements in one session on the database behind the service's back. */
export async function withDatabase<Result>(
  databaseUrl: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl })
  // A database that is dropped at the end of a test ends the session; that is no failure.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The same address, for another user or another database. */
export function withUrlParts(
  databaseUrl: string,
  parts: { readonly username?: string; readonly password?: string; readonly database?: string },
): string {
  const url = new URL(databaseUrl)
  if (parts.username !== undefined) url.username = parts.username
  if (parts.password !== undefined) url.password = parts.password
  if (parts.database !== undefined) url.pathname = `/${parts.database}`
  return url.href
}
