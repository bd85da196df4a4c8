import type { Route } from '@pineos/contract/route.ts'
import { type RouteName, routes } from '@pineos/contract/routes.ts'
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
  /** Answers a browser with the user interface; false for whoever wants JSON. */
  readonly sendUserInterface: SendUserInterface
}

export const serviceName = 'PineOS Referral System'

export function serviceHandlers(
  dependencies: ServiceDependencies,
): Handlers<'about' | 'health' | 'livez' | 'readyz'> {
  const { version, probe, sendUserInterface } = dependencies
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
      const journal = database && (await probe.isWritable())
      const checks = { database, migrations, journal, accepting: probe.isAccepting() }
      const isReady = Object.values(checks).every(Boolean)
      return isReady
        ? { status: 200, body: { status: 'ready', checks } }
        : { status: 503, body: { status: 'not_ready', checks } }
    },
  }
}

function endpoints(): Record<string, string> {
  // Object.entries loses the names; the table is their only source.
  const named = Object.entries(routes) as [RouteName, Route][]
  return Object.fromEntries(named.map(([name, route]) => [name, `${route.method} ${route.path}`]))
}
