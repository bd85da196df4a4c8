import { pageLimitDefault } from '@pineos/contract/primitives.ts'
import type { Quarantines } from '../../proof/quarantines.ts'
import type { Handlers } from '../handler.ts'

export interface QuarantinesDependencies {
  readonly quarantines: Pick<Quarantines, 'list' | 'lift'>
  readonly defaultCurrency: string
}

export function quarantinesHandlers({
  quarantines,
  defaultCurrency,
}: QuarantinesDependencies): Handlers<'listQuarantines' | 'liftQuarantine'> {
  return {
    async listQuarantines({ query }) {
      const listed = await quarantines.list({
        all: query.all ?? false,
        limit: query.limit ?? pageLimitDefault,
      })
      return { status: 200, body: { quarantines: listed } }
    },
    async liftQuarantine({ body, principal }) {
      const lifted = await quarantines.lift({
        userId: body.user_id,
        currency: body.currency ?? defaultCurrency,
        reason: body.reason,
        force: body.force ?? false,
        actor: `key:${principal.keyId}`,
      })
      return { status: 200, body: lifted }
    },
  }
}
