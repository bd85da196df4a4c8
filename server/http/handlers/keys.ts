import type { ApiKeys } from '../../access/api-keys.ts'
import type { Handlers } from '../handler.ts'

export function keysHandlers({
  apiKeys,
}: {
  apiKeys: ApiKeys
}): Handlers<'createKey' | 'listKeys' | 'revokeKey'> {
  return {
    async createKey({ body, principal }) {
      const { key, secret } = await apiKeys.create({
        ...body,
        ownerId: principal.ownerId,
        grantor: principal,
      })
      // The one answer that holds a secret must not be kept by anything on its way.
      return { status: 201, body: { data: key, secret }, headers: { 'cache-control': 'no-store' } }
    },
    async listKeys() {
      return { status: 200, body: { keys: await apiKeys.list() } }
    },
    async revokeKey({ parameters }) {
      return { status: 200, body: await apiKeys.revoke(parameters.id) }
    },
  }
}
