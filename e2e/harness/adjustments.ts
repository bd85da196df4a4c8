import { type Answer, type Api, createApi } from './api.ts'
import { withDatabase } from './database.ts'
import { createKeyOf, type OwnedKey } from './keys.ts'
import type { RunningService } from './service.ts'

type Fields = Readonly<Record<string, unknown>>

/** The routes of adjustments in the words of the tests; every key is fresh unless one is given. */
export interface Adjuster {
  propose(userId: string, amountCents: number, fields?: Fields, key?: string): Promise<Answer>
  approve(id: string): Promise<Answer>
  reject(id: string, reason?: string): Promise<Answer>
  withdraw(id: string): Promise<Answer>
  /** The body of the adjustment as it stands. */
  get(id: string): Promise<Answer['body']>
}

export const adjustmentsPath = '/api/v1/ledger/adjustments'

export function createAdjuster(api: Api): Adjuster {
  const bare = (path: string) => api.post(`${adjustmentsPath}/${path}`, undefined, null)
  return {
    propose: (user_id, amount_cents, fields, key) =>
      api.post(
        adjustmentsPath,
        {
          user_id,
          direction: 'credit',
          amount_cents,
          reason: 'Paid to the wrong account',
          ...fields,
        },
        key,
      ),
    approve: (id) => bare(`${id}/approve`),
    reject: (id, reason = 'The order was never placed') =>
      api.post(`${adjustmentsPath}/${id}/reject`, { reason }, null),
    withdraw: (id) => bare(`${id}/withdraw`),
    get: async (id) => (await api.get(`${adjustmentsPath}/${id}`)).body,
  }
}

/** Two persons: the clerk has a key of the owner of all keys, the controller one of their own. */
export interface Adjusters {
  readonly clerk: Adjuster
  readonly clerkKeyId: string
  readonly controller: Adjuster
  readonly controllerKey: OwnedKey
}

const scopes = ['ledger:read', 'adjustments:write', 'adjustments:approve'] as const

export async function createAdjusters(service: RunningService): Promise<Adjusters> {
  const { body } = await createApi(service).post('/api/v1/keys', { name: 'Clerk', scopes }, null)
  const controllerKey = await createKeyOf('controller', scopes, service)
  const adjusterWith = (apiKey: string) => createAdjuster(createApi({ ...service, apiKey }))
  return {
    clerk: adjusterWith(body.secret),
    clerkKeyId: body.data.id,
    controller: adjusterWith(controllerKey.secret),
    controllerKey,
  }
}

/** Moves the end of the wait into the past, which no statement of the service can. */
export async function passLapse(databaseUrl: string, id: string): Promise<void> {
  await withDatabase(databaseUrl, async (client) => {
    await client.query('set session_replication_role = replica')
    await client.query(
      `update adjustments set proposed_at = now() - interval '31 days', lapses_at = now() - interval '1 s'
       where id = $1::uuid`,
      [id],
    )
  })
}
