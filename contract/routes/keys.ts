import { type Static, Type } from 'typebox'
import { closed, EntityId, Instant, literals, nullable, text } from '../primitives.ts'
import { route } from '../route.ts'
import { scopeNames } from '../scopes.ts'

export const ApiKey = closed(
  {
    id: EntityId,
    name: Type.String(),
    owner_id: Type.String({
      description: 'Idempotency keys belong to the owner, so a new key of the same owner can retry',
    }),
    prefix: Type.String({ description: 'The first characters of the secret, to recognise it by' }),
    scopes: Type.Array(literals(scopeNames, 'What the key may do')),
    created_at: Instant,
    last_used_at: nullable(Instant),
    revoked_at: nullable(Instant),
  },
  { title: 'ApiKey' },
)
export type ApiKey = Static<typeof ApiKey>

export const keysRoutes = {
  createKey: route({
    method: 'POST',
    path: '/api/v1/keys',
    tag: 'API keys',
    summary: 'Create an API key',
    description:
      'The secret is in this answer and nowhere else. A key can grant only scopes that it has itself.',
    scope: 'keys:write',
    body: closed(
      {
        name: text(200, 'What people call the key', 'Shop backend'),
        scopes: Type.Array(literals(scopeNames, 'What the key may do'), {
          minItems: 1,
          uniqueItems: true,
          examples: [['events:write']],
        }),
      },
      { title: 'CreateKeyRequest' },
    ),
    replies: { 201: closed({ data: ApiKey, secret: Type.String() }, { title: 'CreatedApiKey' }) },
    problems: [],
  }),
  listKeys: route({
    method: 'GET',
    path: '/api/v1/keys',
    tag: 'API keys',
    summary: 'List API keys, oldest first',
    scope: 'keys:read',
    replies: { 200: closed({ keys: Type.Array(ApiKey) }, { title: 'ApiKeyList' }) },
    problems: [],
  }),
  revokeKey: route({
    method: 'DELETE',
    path: '/api/v1/keys/{id}',
    tag: 'API keys',
    summary: 'Revoke an API key',
    description: 'Refused everywhere within ten seconds. Revoking again changes nothing.',
    scope: 'keys:write',
    parameters: closed({ id: EntityId }),
    replies: { 200: ApiKey },
    problems: ['key_not_found'],
  }),
}

export type CreateKeyRequest = Static<(typeof keysRoutes.createKey)['body']>
