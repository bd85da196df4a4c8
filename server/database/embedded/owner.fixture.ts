import { setInterval } from 'node:timers'
import { startEmbeddedPostgres } from './supervisor.ts'

// A service reduced to its database: prints the address and lives until it is killed.
const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', log: () => {} })
process.stdout.write(`${postgres.connectionString}\n`)
setInterval(() => {}, 60_000)
