import type { Verification } from '@pineos/contract/ledger.ts'
import type pg from 'pg'
import { type VerificationCheck, verificationChecks } from './verification-checks.ts'

const faultsMax = 100
const verificationTimeoutMs = 600_000

interface FaultRow {
  readonly entry_id: string | null
  readonly account: string | null
  readonly detail: string
}

/** Proves on request. Whoever asks while a full proof is under way waits for that one. */
export function createVerifier(pool: pg.Pool): (full: boolean) => Promise<Verification> {
  let running: Promise<Verification> | undefined
  return (full) => {
    if (!full) return verifyLedger(pool, { full })
    running ??= verifyLedger(pool, { full }).finally(() => {
      running = undefined
    })
    return running
  }
}

/**
 * Proof of zero: recomputes what is kept from the entries, in one snapshot, so that postings which
 * happen meanwhile are no faults. Without `full` only the kept sums are compared with each other.
 */
export async function verifyLedger(
  pool: pg.Pool,
  { full }: { full: boolean },
): Promise<Verification> {
  const client = await pool.connect()
  let isClean = false
  try {
    await client.query('begin transaction isolation level repeatable read, read only')
    await client.query(`set local statement_timeout = ${verificationTimeoutMs}`)
    const checks: Verification['checks'] = []
    for (const check of verificationChecks) {
      if (full || check.isQuick) checks.push(await runCheck(client, check))
    }
    await client.query('commit')
    isClean = true
    return { ok: checks.every((check) => check.ok), checks, tree_size: 0 }
  } finally {
    // A connection that failed inside the transaction is not given back to the others.
    client.release(!isClean)
  }
}

async function runCheck(
  client: pg.PoolClient,
  check: VerificationCheck,
): Promise<Verification['checks'][number]> {
  const { rows: faults } = await timed<FaultRow>(client, `${check.faults} limit ${faultsMax}`)
  const { rows: counts } = await timed<{ checked: string }>(client, check.checked)
  return {
    name: check.name,
    ok: faults.length === 0,
    checked: Number(counts[0]?.checked ?? 0),
    faults: faults.map((fault) => ({
      ...(fault.entry_id === null ? {} : { entry_id: fault.entry_id }),
      ...(fault.account === null ? {} : { account: fault.account }),
      detail: fault.detail,
    })),
  }
}

function timed<Row extends pg.QueryResultRow>(client: pg.PoolClient, text: string) {
  // The driver's own timeout is made for short reads; @types/pg does not list it among the options of one query.
  return client.query<Row>({ text, query_timeout: verificationTimeoutMs } as pg.QueryConfig)
}
