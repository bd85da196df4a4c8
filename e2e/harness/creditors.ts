import { createApi } from './api.ts'
import type { Attempt, History } from './history.ts'

/** Clients that credit without pause until they are told to stop, whatever happens to the service. */
export interface Creditors {
  /** How many credits were acknowledged so far. */
  acknowledged(): number
  stop(): Promise<void>
}

export interface CreditorsOptions {
  readonly clients: number
  readonly users: readonly string[]
  /** Asked before each request: the address may change when the service is started again. */
  readonly service: () => { readonly baseUrl: string; readonly apiKey: string }
  readonly history: History
}

const retryDelayMs = 25

export function startCreditors(options: CreditorsOptions): Creditors {
  const { clients, users, service, history } = options
  let isStopped = false
  let acknowledged = 0
  let turn = 0
  const loop = async () => {
    while (!isStopped) {
      turn += 1
      const attempt = history.begin(users[turn % users.length] ?? 'nobody', 1 + (turn % 9))
      if (await credit(service(), attempt)) acknowledged += 1
      else await new Promise((resolve) => setTimeout(resolve, retryDelayMs))
    }
  }
  const loops = Array.from({ length: clients }, loop)
  return {
    acknowledged: () => acknowledged,
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
  try {
    const answer = await createApi(service).post('/api/v1/ledger/credit', body, attempt.key)
    if (answer.status !== 201 && answer.status !== 200) return false
    attempt.outcome = 'acknowledged'
    attempt.entryId = answer.body.data.id
    return true
  } catch {
    // The connection broke: whether it was done is unknown.
    return false
  }
}
