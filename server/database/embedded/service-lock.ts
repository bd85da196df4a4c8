import { randomInt, randomUUID } from 'node:crypto'
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { awaitCondition } from './deadline.ts'
import { EmbeddedPostgresFailure } from './embedded-postgres-failure.ts'
import { isAlive, pidSpace, startOf } from './process-identity.ts'

/** The right of one service to run PostgreSQL on a directory. */
export interface ServiceLock {
  release(): Promise<void>
}

interface Claim {
  readonly pid: number
  readonly started: string | null
  readonly space: string
}

const claimSuffix = '.service-lock'
const roundsMax = 5
const heartbeatMs = 1_000
/** A holder elsewhere that has not touched its claim for so long is taken for dead. */
const silenceMs = 8 * heartbeatMs

/**
 * Takes the lock on `directory`. Each contender first writes a claim of its own, then looks at
 * the others: of two that come together at least one sees the other and gives way, and a claim of
 * a dead process is removed under its unique name, so there is no moment in which two can hold it.
 * Throws EmbeddedPostgresFailure when a live service holds it.
 */
export async function takeServiceLock(directory: string): Promise<ServiceLock> {
  let holder = 0
  for (let round = 0; round < roundsMax; round += 1) {
    const path = await writeClaim(directory)
    const other = await findLiveClaim(directory, path)
    if (other === undefined) return keepClaim(path)
    holder = other.pid
    await rm(path, { force: true })
    await sleep(randomInt(50, 150))
  }
  throw new EmbeddedPostgresFailure(
    `Another service (process ${holder}) runs on ${directory} already. ` +
      'Stop it first, or give this one a DATA_DIR of its own.',
  )
}

async function writeClaim(directory: string): Promise<string> {
  const claim: Claim = {
    pid: process.pid,
    started: startOf(process.pid) ?? null,
    space: pidSpace(),
  }
  const path = join(directory, `${randomUUID()}${claimSuffix}`)
  // Renamed into place, so that nobody reads half of it.
  await writeFile(`${path}.new`, JSON.stringify(claim), { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
  return path
}

async function findLiveClaim(directory: string, own: string): Promise<Claim | undefined> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    if (!name.endsWith(claimSuffix) || path === own) continue
    const claim = await readClaim(path)
    if (claim !== undefined && (await isHeld(path, claim))) return claim
    await rm(path, { force: true })
  }
  return undefined
}

async function isHeld(path: string, claim: Claim): Promise<boolean> {
  if (claim.space === pidSpace()) {
    return isAlive(claim.pid) && (claim.started ?? undefined) === startOf(claim.pid)
  }
  const first = await touchedAt(path)
  const moved = await awaitCondition(
    async () => ((await touchedAt(path)) === first ? undefined : true),
    { timeoutMs: silenceMs, intervalMs: heartbeatMs / 2 },
  )
  return moved === true && (await touchedAt(path)) !== undefined
}

async function touchedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs
  } catch {
    return undefined
  }
}

/** Undefined for a claim that is gone or was torn by a power failure: both hold nothing. */
async function readClaim(path: string): Promise<Claim | undefined> {
  try {
    const claim: unknown = JSON.parse(await readFile(path, 'utf8'))
    return isClaim(claim) ? claim : undefined
  } catch {
    return undefined
  }
}

function isClaim(value: unknown): value is Claim {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'started' in value &&
    (value.started === null || typeof value.started === 'string') &&
    'space' in value &&
    typeof value.space === 'string'
  )
}

/** Touches the claim every second, which is how a service in another container knows of us. */
function keepClaim(path: string): ServiceLock {
  const heartbeat = setInterval(() => {
    const now = performance.timeOrigin + performance.now()
    utimes(path, now / 1_000, now / 1_000).catch(() => undefined)
  }, heartbeatMs)
  heartbeat.unref()
  return {
    async release() {
      clearInterval(heartbeat)
      await rm(path, { force: true })
    },
  }
}
