import type { Verification } from '@pineos/contract/ledger.ts'
import type pg from 'pg'
import { longQuery, verificationTimeoutMs } from '../database/long-query.ts'
import { type CheckResult, checkResult, faultsMax } from '../log/check-result.ts'
import type { Head } from '../log/head.ts'
import { checkLog } from '../log/log-check.ts'
import { type VerificationCheck, verificationChecks } from './verification-checks.ts'

interface FaultRow {
  readonly entry_id: string | null
  readonly account: string | null
  readonly detail: string
}

export interface VerifyOptions {
  /** Recompute everything from the entries, and not only compare the kept sums and the newest head. */
  readonly full: boolean
  /** Heads that the caller has kept from before: the log must have grown from the tree of each. */
  readonly earlierHeads?: readonly Head[]
}

export type Verify = (options: VerifyOptions) => Promise<Verification>

/** Proves on request. Whoever asks while a full proof is under way waits for that one. */
export function createVerifier(pool: pg.Pool): Verify {
  let running: Promise<Verification> | undefined
  return (options) => {
    if (!options.full || options.earlierHeads) return verifyLedger(pool, options)
    running ??= verifyLedger(pool, options).finally(() => {
      running = undefined
    })
    return running
  }
}

/**
 * Proof of zero: recomputes what is kept from the entries, and the log of them, in one snapshot, so that
 * postings which happen meanwhile are no faults. Without `full` only what is kept is compared.
 */
export async function verifyLedger(pool: pg.Pool, options: VerifyOptions): Promise<Verification> {
  const client = await pool.connect()
  let isClean = false
  try {
    await client.query('begin transaction isolation level repeatable read, read only')
    const verification = await runChecks(client, options)
    await client.query('commit')
    isClean = true
    return verification
  } finally {
    // A connection that failed inside the transaction is not given back to the others.
    client.release(!isClean)
  }
}

/** The checks over what the transaction of the client sees, such as what it has written itself. */
export async function runChecks(
  client: pg.ClientBase,
  options: VerifyOptions,
): Promise<Verification> {
  await client.query(`set local statement_timeout = ${verificationTimeoutMs}`)
  const checks: CheckResult[] = []
  for (const check of verificationChecks) {
    if (options.full || check.isQuick) checks.push(await runCheck(client, check))
  }
  const log = await checkLog(client, options)
  checks.push(...log.checks)
  return { ok: checks.every((check) => check.ok), checks, tree_size: log.treeSize }
}

async function runCheck(client: pg.ClientBase, check: VerificationCheck): Promise<CheckResult> {
  const { rows: faults } = await longQuery<FaultRow>(client, `${check.faults} limit ${faultsMax}`)
  const { rows: counts } = await longQuery<{ checked: string }>(client, check.checked)
  return checkResult(
    check.name,
    Number(counts[0]?.checked ?? 0),
    faults.map((fault) => ({
      ...(fault.entry_id === null ? {} : { entry_id: fault.entry_id }),
      ...(fault.account === null ? {} : { account: fault.account }),
      detail: fault.detail,
    })),
  )
}
