import type { Verification } from '@pineos/contract/ledger.ts'
import type pg from 'pg'
import { longQuery, verificationTimeoutMs } from '../database/long-query.ts'
import { type CheckResult, checkResult, faultsMax } from '../log/check-result.ts'
import type { Head } from '../log/head.ts'
import { checkLog, logChecksCount } from '../log/log-check.ts'
import { checkCounters, countersCheckName } from '../rules/counters-check.ts'
import { type VerificationPass, verificationPasses } from './verification-checks.ts'

// One proof runs at a time, so it may have what a session of requests may not: room for its hashes and
// a second processor. Faults are few, so that handing them on costs nothing, whatever the planner
// expects; compiling the expressions would take longer than it saves.
const proofSettings = `
  set local statement_timeout = ${verificationTimeoutMs};
  set local work_mem = '128MB';
  set local max_parallel_workers_per_gather = 2;
  set local parallel_setup_cost = 0;
  set local parallel_tuple_cost = 0.01;
  set local jit = off`

/** The account of a user in one currency. */
export interface AccountOfUser {
  readonly userId: string
  readonly currency: string
}

export interface Proof {
  readonly verification: Verification
  /** The accounts of users that the faults belong to, each once. */
  readonly accounts: readonly AccountOfUser[]
}

/** Where a proof has got to. */
export interface ProofProgress {
  /** The check that begins, or the first of several that are made together. */
  readonly name: string
  /** How many checks are done, of how many. */
  readonly done: number
  readonly total: number
  /** What was compared so far. */
  readonly checked: number
}

export interface ProofOptions {
  /** False to compare only what is kept: sums with each other, the log with its newest head. */
  readonly full: boolean
  /** Heads that the caller has kept from before: the log must have grown from the tree of each. */
  readonly earlierHeads?: readonly Head[]
  readonly onProgress?: (progress: ProofProgress) => void
}

interface FaultRow {
  readonly name?: string
  readonly entry_id: string | null
  readonly account: string | null
  readonly user_id?: string | null
  readonly currency?: string | null
  readonly detail: string
}

/**
 * Proof of zero: recomputes what is kept from the entries, and the log of them, in one snapshot, so that
 * postings which happen meanwhile are no faults. Without `full` only what is kept is compared.
 */
export async function proveLedger(pool: pg.Pool, options: ProofOptions): Promise<Proof> {
  const client = await pool.connect()
  let isClean = false
  try {
    const proof = await proveOn(client, options)
    isClean = true
    return proof
  } finally {
    // A connection that failed inside the transaction is not given back to the others.
    client.release(!isClean)
  }
}

/** The same on a connection that the caller has; one that failed is the caller's to close. */
export async function proveOn(client: pg.ClientBase, options: ProofOptions): Promise<Proof> {
  await client.query('begin transaction isolation level repeatable read, read only')
  const proof = await runChecks(client, options)
  await client.query('commit')
  return proof
}

/** The checks over what the transaction of the client sees, such as what it has written itself. */
export async function runChecks(
  client: pg.ClientBase,
  { full, earlierHeads = [], onProgress = () => {} }: ProofOptions,
): Promise<Proof> {
  await client.query(proofSettings)
  const wanted = verificationPasses.filter((pass) => full || pass.isQuick)
  const total =
    wanted.flatMap((pass) => Object.keys(pass.checks)).length +
    logChecksCount({ full, earlierHeads }) +
    (full ? 1 : 0)
  const checks: CheckResult[] = []
  const accounts = new Map<string, AccountOfUser>()
  const counts = new Map<string, number>()
  let compared = 0
  for (const pass of wanted) {
    const [name = ''] = Object.keys(pass.checks)
    onProgress({ name, done: checks.length, total, checked: compared })
    const faults = await faultsOf(client, pass)
    for (const { user_id: userId, currency } of faults) {
      if (userId && currency) accounts.set(`${userId}\0${currency}`, { userId, currency })
    }
    for (const [check, count] of Object.entries(pass.checks)) {
      const checked = await countOf(client, count, counts)
      compared += checked
      const own = faults.filter((fault) => (fault.name ?? name) === check)
      checks.push(checkResult(check, checked, own.map(faultOf)))
    }
  }
  if (full) {
    onProgress({ name: countersCheckName, done: checks.length, total, checked: compared })
    const counters = await checkCounters(client)
    compared += counters.checked
    checks.push(counters)
  }
  onProgress({ name: 'heads_sign_log', done: checks.length, total, checked: compared })
  const log = await checkLog(client, { full, earlierHeads })
  checks.push(...log.checks)
  const ok = checks.every((check) => check.ok)
  return {
    verification: { ok, checks, tree_size: log.treeSize },
    accounts: [...accounts.values()],
  }
}

/** The outcome of the proof alone. */
export async function verifyLedger(pool: pg.Pool, options: ProofOptions): Promise<Verification> {
  return (await proveLedger(pool, options)).verification
}

async function faultsOf(client: pg.ClientBase, pass: VerificationPass): Promise<FaultRow[]> {
  if (pass.isNeeded !== undefined) {
    const { rows } = await longQuery<{ is_needed: boolean }>(client, pass.isNeeded)
    if (!rows[0]?.is_needed) return []
  }
  // A limit that the planner saw would have it look for faults that there are none of, row by row.
  const rowsMax = faultsMax * Object.keys(pass.checks).length
  const text = `with found as materialized (${pass.faults}) select * from found limit ${rowsMax}`
  return (await longQuery<FaultRow>(client, text)).rows
}

/** Checks that count the same share the count: it is of one snapshot. */
async function countOf(
  client: pg.ClientBase,
  text: string,
  counts: Map<string, number>,
): Promise<number> {
  const known = counts.get(text)
  if (known !== undefined) return known
  const { rows } = await longQuery<{ checked: string }>(client, text)
  const count = Number(rows[0]?.checked ?? 0)
  counts.set(text, count)
  return count
}

function faultOf(fault: FaultRow): CheckResult['faults'][number] {
  return {
    ...(fault.entry_id === null ? {} : { entry_id: fault.entry_id }),
    ...(fault.account === null ? {} : { account: fault.account }),
    detail: fault.detail,
  }
}
