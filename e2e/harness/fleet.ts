import { type Api, createApi } from './api.ts'
import { type RunningService, startService } from './service.ts'

/** Several processes of the service on one database. */
export interface Fleet {
  readonly services: readonly RunningService[]
  readonly databaseUrl: string
  /** The client of one of them, in turn. */
  api(turn: number): Api
  stop(): Promise<void>
}

export async function startFleet(processes: number): Promise<Fleet> {
  const first = await startService()
  const others = Array.from({ length: processes - 1 }, () =>
    startService({ databaseUrl: first.databaseUrl, apiKey: first.apiKey }),
  )
  const services = [first, ...(await Promise.all(others))]
  const apis = services.map((service) => createApi(service))
  return {
    services,
    databaseUrl: first.databaseUrl,
    api: (turn) => apis[turn % apis.length] ?? createApi(first),
    async stop() {
      // The first owns the database, so it goes last.
      await Promise.all(services.slice(1).map((service) => service.stop()))
      await first.stop()
    },
  }
}
