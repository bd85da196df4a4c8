import { Type } from 'typebox'
import { ConsistencyProof, InclusionProof, LogKey, TreeHead, TreeSize } from '../log.ts'
import { closed, EntityId } from '../primitives.ts'
import { route } from '../route.ts'

export const logRoutes = {
  getTreeHead: route({
    method: 'GET',
    path: '/api/v1/ledger/log/head',
    tag: 'Tamper evidence',
    summary: 'Newest tree head',
    description:
      'The signed size and root of the Merkle tree over all entries. Keep it: later it proves that nothing before it was changed.',
    scope: 'ledger:read',
    replies: { 200: TreeHead },
    problems: ['log_empty'],
  }),
  getConsistencyProof: route({
    method: 'GET',
    path: '/api/v1/ledger/log/consistency',
    tag: 'Tamper evidence',
    summary: 'Consistency proof between two sizes',
    description: 'Proves that the tree of `from` leaves is how the tree of `to` leaves began.',
    scope: 'ledger:read',
    query: closed({ from: TreeSize, to: TreeSize }),
    replies: { 200: ConsistencyProof },
    problems: ['tree_size_unknown'],
  }),
  listLogKeys: route({
    method: 'GET',
    path: '/api/v1/ledger/log/keys',
    tag: 'Tamper evidence',
    summary: 'Public keys of the log',
    description:
      'Every key that heads were signed with, oldest first. Compare it once with what the operator has told you in another way.',
    scope: 'ledger:read',
    replies: { 200: closed({ keys: Type.Array(LogKey) }, { title: 'LogKeyList' }) },
    problems: [],
  }),
  getInclusionProof: route({
    method: 'GET',
    path: '/api/v1/ledger/entries/{id}/proof',
    tag: 'Tamper evidence',
    summary: 'Inclusion proof of an entry',
    description:
      'Proves that the entry, as it stands in `leaf`, is in the tree of the newest head.',
    scope: 'ledger:read',
    parameters: closed({ id: EntityId }),
    replies: { 200: InclusionProof },
    problems: ['entry_not_found', 'entry_not_sealed'],
  }),
} as const
