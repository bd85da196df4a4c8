import type { Quarantine } from '@pineos/contract/quarantines.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { transactionOn } from '../database/transaction.ts'
import { Failure } from '../failure.ts'
import { setQuarantined } from '../journal/quarantine.ts'
import type { AccountOfUser } from '../ledger/verify.ts'
import { checkAccount, faultText } from './account-check.ts'
import type { AccountFault } from './account-faults.ts'
import { latestQuarantine, listQuarantines } from './quarantine-rows.ts'

/** The actor of a quarantine that nobody has asked for. */
const proofActor = 'system:proof'
/** How many faults a refusal tells. */
const faultsToldMax = 5

export interface LiftRequest extends AccountOfUser {
  readonly reason: string
  /** True to lift over the faults that the account still has. */
  readonly force: boolean
  readonly actor: string
}

export interface Quarantines {
  /**
   * Puts each account with its faults in quarantine, unless it is there or the faults were lifted
   * over. The caller's connection is used, which has no transaction open.
   */
  open(client: pg.ClientBase, faults: readonly AccountFault[]): Promise<void>
  /** Looks at each account again, and puts those in quarantine that are faulty. */
  confirm(accounts: readonly AccountOfUser[]): Promise<void>
  /** Newest first; those that were lifted too where they are asked for. */
  list(request: { readonly all: boolean; readonly limit: number }): Promise<Quarantine[]>
  /** Fails with `account_not_quarantined`, or with `account_still_faulty` unless it is forced. */
  lift(request: LiftRequest): Promise<Quarantine>
}

interface QuarantinesOptions {
  readonly pool: pg.Pool
  readonly clock: Clock
  /** A new UUIDv7. */
  readonly newId: () => string
  readonly onQuarantined: (account: AccountOfUser, faults: readonly string[]) => void
}

export function createQuarantines(options: QuarantinesOptions): Quarantines {
  const { pool, clock } = options
  const open = async (client: pg.ClientBase, faults: readonly AccountFault[]) => {
    for (const [account, texts] of byAccount(faults)) {
      await openOne(client, { account, found: texts, options })
    }
  }
  return {
    open,
    confirm: (accounts) =>
      onConnection(pool, async (client) => {
        for (const account of accounts) await open(client, await checkAccount(client, account))
      }),
    list: ({ all, limit }) => listQuarantines(pool, { all, limit }),
    lift: (request) =>
      onConnection(pool, (client) => lift(client, request, clock.now().toISOString())),
  }
}

/** The work on one connection, which is closed where it failed. */
async function onConnection<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  let isClean = false
  try {
    const result = await work(client)
    isClean = true
    return result
  } finally {
    client.release(!isClean)
  }
}

async function lift(
  client: pg.ClientBase,
  { userId, currency, reason, force, actor }: LiftRequest,
  liftedAt: string,
): Promise<Quarantine> {
  const account = { userId, currency }
  if (!(await latestQuarantine(client, account, { isOpen: true }))) throw notThere(account)
  const faults = (await checkAccount(client, account)).map(faultText)
  if (faults.length > 0 && !force) throw stillFaulty(account, faults)
  await transactionOn(client, async () => {
    if (!(await setQuarantined(client, account, false))) throw notThere(account)
    await client.query(
      `insert into quarantine_lifts (user_id, quarantine_id, lifted_at, actor, reason, faults)
       select q.user_id, q.id, $3::timestamptz, $4::text, $5::text, $6::jsonb
       from quarantines q
       left join quarantine_lifts l on l.user_id = q.user_id and l.quarantine_id = q.id
       where q.user_id = $1::text and q.currency = $2::text and l.quarantine_id is null`,
      [userId, currency, liftedAt, actor, reason, JSON.stringify(faults)],
    )
  })
  const lifted = await latestQuarantine(client, account, { isOpen: false })
  if (!lifted) throw new Error(`the quarantine of ${userId} in ${currency} was lifted in vain`)
  return lifted
}

interface Opening {
  readonly account: AccountOfUser
  readonly found: readonly string[]
  readonly options: QuarantinesOptions
}

async function openOne(client: pg.ClientBase, { account, found, options }: Opening): Promise<void> {
  const { clock, newId, onQuarantined } = options
  const { userId, currency } = account
  const known = await liftedFaults(client, account)
  const faults = found.filter((fault) => !known.has(fault))
  if (faults.length === 0) return
  const isNew = await transactionOn(client, async () => {
    if (!(await setQuarantined(client, account, true))) return false
    await client.query(
      `insert into quarantines (user_id, id, currency, since, actor, faults)
       values ($1::text, $2::uuid, $3::text, $4::timestamptz, $5::text, $6::jsonb)`,
      [userId, newId(), currency, clock.now().toISOString(), proofActor, JSON.stringify(faults)],
    )
    return true
  })
  if (isNew) onQuarantined(account, faults)
}

/** What somebody has answered for is no reason for another quarantine. */
async function liftedFaults(
  client: pg.ClientBase,
  { userId, currency }: AccountOfUser,
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ faults: readonly string[] }>(
    `select l.faults from quarantine_lifts l
     join quarantines q on q.user_id = l.user_id and q.id = l.quarantine_id
     where l.user_id = $1::text and q.currency = $2::text`,
    [userId, currency],
  )
  return new Set(rows.flatMap((row) => row.faults))
}

function byAccount(faults: readonly AccountFault[]): Map<AccountOfUser, string[]> {
  const accounts = new Map<string, { account: AccountOfUser; texts: string[] }>()
  for (const fault of faults) {
    const { userId, currency } = fault
    const key = `${userId}\0${currency}`
    const known = accounts.get(key) ?? { account: { userId, currency }, texts: [] }
    known.texts.push(faultText(fault))
    accounts.set(key, known)
  }
  return new Map([...accounts.values()].map(({ account, texts }) => [account, texts]))
}

function notThere({ userId, currency }: AccountOfUser): Failure {
  return new Failure(
    'account_not_quarantined',
    `The account of ${userId} in ${currency} is not in quarantine.`,
  )
}

function stillFaulty({ userId, currency }: AccountOfUser, faults: readonly string[]): Failure {
  const told = faults.slice(0, faultsToldMax).join('; ')
  const more = faults.length > faultsToldMax ? `; and ${faults.length - faultsToldMax} more` : ''
  return new Failure(
    'account_still_faulty',
    `The account of ${userId} in ${currency} still has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}: ${told}${more}.`,
  )
}
