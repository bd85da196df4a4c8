import type { Verification } from '@pineos/contract/ledger.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { type Proof, type ProofOptions, proveLedger } from '../ledger/verify.ts'
import { recordResult } from './proof-status.ts'
import type { Quarantines } from './quarantines.ts'

export interface ProveRequest extends ProofOptions {
  /** Whether accounts that are faulty, and are so when looked at again, go into quarantine. */
  readonly quarantines: boolean
}

export interface Prover {
  prove(request: ProveRequest): Promise<Verification>
  /**
   * The proof for whoever may only read: nothing goes into quarantine. Who asks while a complete one
   * is under way waits for that one.
   */
  verify(full: boolean): Promise<Verification>
}

/** Proves on request, and keeps what a complete proof has found for readiness and metrics. */
export function createProver(options: {
  readonly pool: pg.Pool
  readonly clock: Clock
  readonly quarantines: Pick<Quarantines, 'confirm'>
}): Prover {
  const { pool, clock, quarantines } = options
  let running: Promise<Verification> | undefined

  const prove = async (request: ProveRequest): Promise<Verification> => {
    const { verification, accounts }: Proof = await proveLedger(pool, request)
    if (request.quarantines) await quarantines.confirm(accounts)
    if (request.full)
      await recordResult(pool, { kind: 'complete', provedAt: clock.now(), verification })
    return verification
  }
  return {
    prove,
    verify(full) {
      if (!full) return prove({ full, quarantines: false })
      running ??= prove({ full, quarantines: false }).finally(() => {
        running = undefined
      })
      return running
    },
  }
}
