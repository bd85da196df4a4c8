import { type Static, Type } from 'typebox'
import { closed, literals } from './primitives.ts'

export const severities = ['error', 'warning'] as const

/** What a check says of a rule that can be understood. */
export const Finding = closed(
  {
    code: Type.String({ description: 'What kind of finding', examples: ['unknown_fact'] }),
    severity: literals(severities, 'An error blocks publishing, a warning is to be acknowledged'),
    message: Type.String({ description: 'The finding in plain words' }),
    pointer: Type.String({ description: 'JSON pointer (RFC 6901) into the rule' }),
    fix: Type.Optional(
      closed(
        {
          label: Type.String(),
          patch: Type.Array(
            closed({
              op: literals(['add', 'remove', 'replace'], 'As in a JSON patch'),
              path: Type.String(),
              value: Type.Optional(Type.Unknown()),
            }),
            { description: 'JSON patch (RFC 6902) of the rule, after which the finding is gone' },
          ),
        },
        { title: 'FindingFix' },
      ),
    ),
  },
  { title: 'Finding' },
)
export type Finding = Static<typeof Finding>
