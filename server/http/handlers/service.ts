import type { Route } from '@pineos/contract/route.ts'
import { type RouteName, routes } from '@pineos/contract/routes.ts'
import type { ProofResult, ProofStatus } from '../../proof/proof-status.ts'
import type { Handlers } from '../handler.ts'
import type { SendUserInterface } from '../web-ui.ts'

export interface Probe {
  /** Whether the database answers. */
  readonly isDatabaseReached: () => Promise<boolean>
  /** Whether it has every migration of this version. */
  readonly isMigrated: () => Promise<boolean>
  /** Whether the database takes what the journal writes. */
  readonly isWritable: () => Promise<boolean>
  /** False once the service is stopping. */
  readonly isAccepting: () => boolean
}

export interface ServiceDependencies {
  readonly version: string
  readonly probe: Probe
  readonly journal: { readonly queueLength: number; readonly queueMax: number }
  /** Null where the database does not tell. */
  readonly readProofStatus: () => Promise<ProofStatus | null>
  /** Answers a browser with the user interface; false for whoever wants JSON. */
  readonly sendUserInterface: SendUserInterface
}

export const serviceName = 'PineOS Referral System'

export function serviceHandlers(
  dependencies: ServiceDependencies,
): Handlers<'about' | 'health' | 'livez' | 'readyz'> {
  const { version, probe, journal, readProofStatus, sendUserInterface } = dependencies
  const about = {
    name: serviceName,
    version,
    status: 'running',
    documentation: { openapi: '/openapi.json', swagger_ui: '/docs', redoc: '/redoc' },
    endpoints: endpoints(),
  }

  return {
    async about({ raw, reply }) {
      sendUserInterface(raw, reply)
      return { status: 200, body: about }
    },
    async health() {
      const isReached = await probe.isDatabaseReached()
      return isReached
        ? { status: 200, body: { status: 'healthy', service: serviceName } }
        : { status: 503, body: { status: 'unhealthy', service: serviceName } }
    },
    async livez() {
      return { status: 200, body: { status: 'alive' } }
    },
    async readyz() {
      const database = await probe.isDatabaseReached()
      const migrations = database && (await probe.isMigrated())
      const writable = database && (await probe.isWritable())
      const checks = { database, migrations, journal: writable, accepting: probe.isAccepting() }
      const proof = database && migrations ? await readProofStatus() : null
      const details = {
        journal: { waiting: journal.queueLength, waiting_max: journal.queueMax },
        proof_of_zero: proof && proofToWire(proof),
      }
      const isReady = Object.values(checks).every(Boolean)
      return isReady
        ? { status: 200, body: { status: 'ready', checks, details } }
        : { status: 503, body: { status: 'not_ready', checks, details } }
    },
  }
}

function proofToWire(proof: ProofStatus) {
  const { sums, complete } = proof
  return {
    ok: proof.quarantinedAccounts === 0 && [sums, complete].every(isRight),
    checked_at: proof.checkedAt?.toISOString() ?? null,
    round_completed_at: proof.roundCompletedAt?.toISOString() ?? null,
    sums: sums && resultToWire(sums),
    complete: complete && resultToWire(complete),
    quarantined_accounts: proof.quarantinedAccounts,
    quarantine_faults: { ...proof.quarantineFaults },
  }
}

function isRight(result: ProofResult | null): boolean {
  return result === null || Object.keys(result.faults).length === 0
}

function resultToWire({ provedAt, faults }: ProofResult) {
  return { proved_at: provedAt.toISOString(), faults: { ...faults } }
}

function endpoints(): Record<string, string> {
  // Object.entries loses the names; the table is their only source.
  const named = Object.entries(routes) as [RouteName, Route][]
  return Object.fromEntries(named.map(([name, route]) => [name, `${route.method} ${route.path}`]))
}
