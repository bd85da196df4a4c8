import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { EmbeddedPostgresFailure } from './embedded-postgres-failure.ts'

/** The operating system account PostgreSQL runs under when it is not the one of this process. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

const accountNames = ['postgres', 'nobody'] as const

/**
 * Chooses the account for PostgreSQL, which refuses to run as root: `undefined` stands for the
 * account of this process. Root gives way to `ownerUid` (the owner of files that exist already)
 * if that is an ordinary account, then to `postgres`, then to `nobody`.
 * Throws EmbeddedPostgresFailure when there is no account that PostgreSQL would accept.
 */
export function chooseAccount(ownerUid: number | undefined): Account | undefined {
  if (process.platform === 'win32') return undefined
  if (process.getuid?.() !== 0) {
    refuseNamelessAccount()
    return undefined
  }
  const wanted = ownerUid === undefined || ownerUid === 0 ? accountNames : [String(ownerUid)]
  for (const name of wanted) {
    const account = findAccount(name)
    if (account !== undefined) return account
  }
  throw new EmbeddedPostgresFailure(
    `PostgreSQL does not run as root, and this machine has no account ${wanted.join(' or ')} to run it under. ` +
      'Start the service as an ordinary user, or set DATABASE_URL to a PostgreSQL server.',
  )
}

function findAccount(name: string): Account | undefined {
  try {
    const uid = Number(execFileSync('id', ['-u', name], { encoding: 'utf8', stdio: 'pipe' }))
    const gid = Number(execFileSync('id', ['-g', name], { encoding: 'utf8', stdio: 'pipe' }))
    return uid > 0 ? { name, uid, gid } : undefined
  } catch {
    // `id` ends with 1 for a name that does not exist; that is the answer, not a fault.
    return undefined
  }
}

/** initdb looks its own uid up and dies without an entry, as under a random uid in a container. */
function refuseNamelessAccount(): void {
  try {
    userInfo()
  } catch (cause) {
    throw new EmbeddedPostgresFailure(
      `The user id ${process.getuid?.()} has no entry in the password database, which PostgreSQL needs. ` +
        'Run the service under a named account, or set DATABASE_URL to a PostgreSQL server.',
      { cause },
    )
  }
}
