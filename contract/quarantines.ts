import { type Static, Type } from 'typebox'
import { Currency, closed, Instant, nullable, text, UserId } from './primitives.ts'

/** An account that contradicted itself, and what became of it. */
export const Quarantine = closed(
  {
    user_id: UserId,
    currency: Currency,
    since: Instant,
    actor: Type.String({ description: 'Who put it in quarantine' }),
    faults: Type.Array(Type.String(), { description: 'What did not fit, each in a line' }),
    lifted_at: nullable(Instant),
    lifted_by: nullable(Type.String()),
    reason: nullable(Type.String({ description: 'Why it was lifted' })),
    lifted_over: Type.Unsafe<string[] | null>({
      type: ['array', 'null'],
      items: { type: 'string' },
      description: 'The faults that it still had when it was lifted by force',
    }),
  },
  { title: 'Quarantine' },
)
export type Quarantine = Static<typeof Quarantine>

export const LiftQuarantineRequest = closed(
  {
    user_id: UserId,
    currency: Type.Optional(Currency),
    reason: text(1_000, 'Why it may be posted to again', 'The balance was restored from backup'),
    force: Type.Optional(
      Type.Boolean({
        description: 'Lift it although it is still faulty; its faults are kept with the reason',
      }),
    ),
  },
  { title: 'LiftQuarantineRequest' },
)
export type LiftQuarantineRequest = Static<typeof LiftQuarantineRequest>
