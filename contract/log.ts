import { type Static, Type } from 'typebox'
import { closed, EntityId, Instant } from './primitives.ts'

const hash = (description: string) =>
  Type.String({
    pattern: '^[0-9a-f]{64}$',
    description: `${description}: SHA-256 in hexadecimal`,
    examples: ['6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  })

const treeSizeMax = Number.MAX_SAFE_INTEGER

export const TreeSize = Type.Integer({
  minimum: 1,
  maximum: treeSizeMax,
  description: 'Number of leaves of the tree',
})

const path = (description: string) =>
  Type.Array(hash('A hash of the tree'), { description, maxItems: 64 })

export const TreeHead = closed(
  {
    origin: Type.String({ description: 'The log that it is of', examples: ['pineos-referral'] }),
    tree_size: TreeSize,
    root_hash: hash('Root of the tree'),
    signed_at: Instant,
    key_id: Type.String({ description: 'The key that signed it, of those at /ledger/log/keys' }),
    signature: Type.String({
      description:
        'Ed25519 in base64, over four lines, each with a line feed at its end: origin, tree_size, root_hash in base64, and `signed_at` with the time after a space',
    }),
  },
  { title: 'TreeHead', description: 'A signed head of the tamper-evident log' },
)
export type TreeHead = Static<typeof TreeHead>

export const ConsistencyProof = closed(
  {
    from: TreeSize,
    to: TreeSize,
    path: path('Proves that the tree of `from` leaves is how the one of `to` began'),
  },
  { title: 'ConsistencyProof', description: 'As RFC 9162 §2.1.4 has it' },
)
export type ConsistencyProof = Static<typeof ConsistencyProof>

export const InclusionProof = closed(
  {
    entry_id: EntityId,
    leaf_index: Type.Integer({ minimum: 0, description: 'Place of the entry in the log, from 0' }),
    leaf: Type.String({
      description:
        'The entry as JSON, from which its leaf is made: its columns in the binary form of a row of PostgreSQL',
    }),
    leaf_hash: hash('SHA-256 of a zero byte and the bytes of the leaf'),
    tree_size: TreeSize,
    path: path('From the leaf upwards'),
    head: TreeHead,
  },
  { title: 'InclusionProof', description: 'As RFC 9162 §2.1.3 has it' },
)
export type InclusionProof = Static<typeof InclusionProof>

export const LogKey = closed(
  {
    key_id: Type.String({ description: 'The first 16 bytes of the SHA-256 of the key, as SPKI' }),
    public_key: Type.String({ description: 'Ed25519, SPKI in PEM' }),
    created_at: Instant,
  },
  { title: 'LogKey' },
)
export type LogKey = Static<typeof LogKey>
