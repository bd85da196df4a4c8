import { createApi } from './api.ts'
import type { Attempt, History } from './history.ts'

/** Clients that credit without pause until they are told to stop, whatever happens to the service. */
export interface Creditors {
  /** How many credits were acknowledged so far. */
  acknowledged(): number
  /** How many tries have ended without an outcome. */
  failedTries(): number
  stop(): Promise<void>
}

export interface CreditorsOptions {
  readonly clients: number
  readonly users: readonly string[]
  /** Asked before each request: the address may change when the service is started again. */
  readonly service: () => { readonly baseUrl: string; readonly apiKey: string }
  readonly history: History
  /** Try each credit again until it is acknowledged; otherwise what is unknown is left to the end. */
  readonly retries?: boolean
}

const retryDelayMs = 25

export function startCreditors(options: CreditorsOptions): Creditors {
  const { clients, users, service, history, retries = false } = options
  let isStopped = false
  let acknowledged = 0
  let failedTries = 0
  let turn = 0
  const loop = async () => {
    while (!isStopped) {
      turn += 1
      const attempt = history.begin(users[turn % users.length] ?? 'nobody', 1 + (turn % 9))
      while (!(await credit(service(), attempt))) {
        failedTries += 1
        await new Promise((resolve) => setTimeout(resolve, retryDelayMs))
        if (!retries || isStopped) break
      }
      if (attempt.outcome === 'acknowledged') acknowledged += 1
    }
  }
  const loops = Array.from({ length: clients }, loop)
  return {
    acknowledged: () => acknowledged,
    failedTries: () => failedTries,
    async stop() {
      isStopped = true
      await Promise.all(loops)
    },
  }
}

/** Sends the credit; true once the service has said what became of it, now or when it is retried. */
export async function credit(
  service: { readonly baseUrl: string; readonly apiKey: string },
  attempt: Attempt,
): Promise<boolean> {
  const body = { user_id: attempt.userId, amount_cents: attempt.amountCents }
  const sinceMs = performance.now()
  // Where the connection breaks, whether it was done is unknown.
  const answer = await createApi(service)
    .post('/api/v1/ledger/credit', body, attempt.key)
    .catch(() => undefined)
  attempt.longestMs = Math.max(attempt.longestMs, performance.now() - sinceMs)
  attempt.statuses.push(answer?.status ?? 0)
  if (answer?.status !== 201 && answer?.status !== 200) return false
  attempt.outcome = 'acknowledged'
  attempt.entryId = answer.body.data.id
  return true
}
