import { type Static, Type } from 'typebox'
import { closed, literals } from './primitives.ts'

export const severities = ['error', 'warning'] as const

/** What a check says of a rule that can be understood. */
export const Finding = closed(
  {
    code: Type.String({ description: 'What kind of finding', examples: ['fact_unknown'] }),
    severity: literals(severities, 'An error blocks publishing, a warning is to be acknowledged'),
    pointer: Type.String({ description: 'JSON pointer (RFC 6901) into the rule' }),
    detail: Type.String({ description: 'The finding in a sentence' }),
    suggestion: Type.Optional(Type.String({ description: 'What could be done about it' })),
  },
  { title: 'Finding' },
)
export type Finding = Static<typeof Finding>
