import type { LogProofs } from '../../log/proofs.ts'
import type { Handlers } from '../handler.ts'

export function logHandlers({
  proofs,
}: {
  proofs: LogProofs
}): Handlers<'getTreeHead' | 'getConsistencyProof' | 'getInclusionProof' | 'listLogKeys'> {
  return {
    async getTreeHead() {
      return { status: 200, body: await proofs.newestHead() }
    },
    async getConsistencyProof({ query }) {
      return { status: 200, body: await proofs.consistency(query.from, query.to) }
    },
    async getInclusionProof({ parameters }) {
      return { status: 200, body: await proofs.inclusion(parameters.id) }
    },
    async listLogKeys() {
      return { status: 200, body: { keys: await proofs.keys() } }
    },
  }
}
