import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'

/** Processor time in milliseconds, since they began: others on the machine change it little. */
export interface ProcessorTime {
  readonly serviceMs: number
  readonly postgresMs: number
}

/** What processes of a service and its PostgreSQL have spent; zero where the system does not tell. */
export function processorTime(pids: readonly number[], postmaster: number): ProcessorTime {
  if (process.platform !== 'linux') return { serviceMs: 0, postgresMs: 0 }
  let serviceMs = 0
  let postgresMs = 0
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    const { parent, spentMs, ofEndedMs } = readStat(pid)
    if (pids.includes(pid)) serviceMs += spentMs
    if (parent === postmaster) postgresMs += spentMs
    if (pid === postmaster) postgresMs += spentMs + ofEndedMs
  }
  return { serviceMs, postgresMs }
}

/** The process of PostgreSQL that all others of it are children of. */
export async function postmasterOf(connectionString: string): Promise<number> {
  if (process.platform !== 'linux') return 0
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const { parent } = readStat(rows[0]?.pid ?? 0)
  await client.end()
  return parent
}

function readStat(pid: number): { parent: number; spentMs: number; ofEndedMs: number } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // After the name, which may have spaces: state, parent …; times in hundredths of a second (proc(5)).
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const sum = (at: number) => ((fields[at] ?? 0) + (fields[at + 1] ?? 0)) * 10
    return { parent: fields[1] ?? 0, spentMs: sum(11), ofEndedMs: sum(13) }
  } catch {
    // It has ended since it was listed.
    return { parent: 0, spentMs: 0, ofEndedMs: 0 }
  }
}
