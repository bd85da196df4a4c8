import { type Static, Type } from 'typebox'
import { Currency, closed, Instant, nullable } from './primitives.ts'

export const ClosePeriodRequest = closed(
  {
    until: {
      ...Instant,
      description: 'The end of the period, which does not belong to it; it lies in the past',
    },
  },
  { title: 'ClosePeriodRequest' },
)

export const Period = closed(
  {
    closed_until: { ...Instant, description: 'Everything that counts before is fixed for ever' },
    closed_at: Instant,
    actor: Type.String({ description: 'Who closed it: `key:<id>`' }),
    summed_at: nullable({
      ...Instant,
      description: 'When the sums were taken; null as long as that is under way',
    }),
    sums: Type.Array(
      closed({
        account: Type.String({
          description: 'Accounts of users are summed up as `user:*:…`',
          examples: ['program:default:rewards'],
        }),
        currency: Currency,
        debits_cents: Type.Integer(),
        credits_cents: Type.Integer(),
      }),
      { description: 'Debits and credits of every account by then' },
    ),
  },
  { title: 'Period' },
)
export type Period = Static<typeof Period>
