import { afterAll, beforeAll } from 'vitest'
import { type Api, createApi } from './api.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { expectProofOfZero } from './proof-of-zero.ts'
import { type RunningService, startService } from './service.ts'

export interface Served {
  readonly service: RunningService
  readonly api: Api
  readonly ledger: Ledger
}

/** One service for all tests of a file; after the last of them its books must still prove zero. */
export function serveProved(receive: (served: Served) => void): void {
  let served: Served | undefined
  beforeAll(async () => {
    const service = await startService()
    const api = createApi(service)
    served = { service, api, ledger: createLedger(api) }
    receive(served)
  })
  afterAll(async () => {
    if (!served) return
    try {
      await expectProofOfZero(served.api)
    } finally {
      await served.service.stop()
    }
  })
}
