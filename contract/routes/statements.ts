import { Type } from 'typebox'
import { Currency, closed, Instant, Limit, literals, UserId } from '../primitives.ts'
import { route } from '../route.ts'
import {
  Statement,
  statementCsvEntriesMax,
  statementFormats,
  statementHtmlEntriesMax,
  statementMediaTypes,
} from '../statement.ts'
import { Axis } from './ledger.ts'

export const statementsRoutes = {
  getStatement: route({
    method: 'GET',
    path: '/api/v1/ledger/users/{user_id}/statement',
    tag: 'Ledger',
    summary: 'Statement of a user',
    description:
      'Opening balance, every entry with the balance after it, closing balance, from an instant up to another one that does not belong to it any more. As JSON in pages; as CSV the whole statement at once; as HTML a page to print. Zeros for a user who has no entries.',
    scope: 'ledger:read',
    parameters: closed({ user_id: UserId }),
    query: closed({
      from: Type.Optional({
        ...Instant,
        description: 'The first instant; the beginning of everything where it is absent',
      }),
      to: Type.Optional({
        ...Instant,
        description: 'The end, which does not belong to it any more; now where it is absent',
      }),
      currency: Type.Optional(Currency),
      axis: Type.Optional(Axis),
      known_at: Type.Optional({
        ...Instant,
        description: 'With axis=effective: by what had been recorded by then',
      }),
      limit: Type.Optional({
        ...Limit,
        description: `Entries on a page; where it is absent 100 as JSON, ${statementHtmlEntriesMax} as HTML, and as CSV all up to ${statementCsvEntriesMax}`,
      }),
      cursor: Type.Optional(
        Type.String({
          maxLength: 200,
          description:
            'next_cursor of the page before. The pages of one statement show what was known when the first of them was read',
        }),
      ),
      format: Type.Optional(
        literals(statementFormats, 'In which form; as the Accept header asks where it is absent'),
      ),
    }),
    replies: { 200: Statement },
    otherMediaTypes: {
      [statementMediaTypes.csv]:
        'RFC 4180 with a header: a line for the opening balance, one for each entry, one for the closing balance. A last line `more` in the place of the closing balance tells of a cut, with the cursor to go on from. Text that a spreadsheet would take for a formula begins with an apostrophe.',
      [statementMediaTypes.html]: 'A page to read and to print',
    },
    problems: [],
  }),
}
