import { type Static, type TSchema, Type } from 'typebox'
import { LedgerEntry } from './ledger.ts'
import {
  BalanceCents,
  Currency,
  closed,
  Instant,
  literals,
  nullable,
  UserId,
} from './primitives.ts'

/** The forms that a statement comes in, each with its media type. */
export const statementMediaTypes = {
  json: 'application/json',
  csv: 'text/csv',
  html: 'text/html',
} as const

export const statementFormats = [
  'json',
  'csv',
  'html',
] as const satisfies readonly StatementFormat[]
export type StatementFormat = keyof typeof statementMediaTypes

/** Entries of a statement as HTML, which is one page to print. */
export const statementHtmlEntriesMax = 1_000
/** Entries of a statement as CSV, which is streamed. */
export const statementCsvEntriesMax = 1_000_000

const described = <Schema extends TSchema>(schema: Schema, description: string): Schema => ({
  ...schema,
  description,
})

const balances = {
  balance_cents: described(BalanceCents, 'Spendable amount in minor units'),
  pending_cents: described(BalanceCents, 'Credited and not yet confirmed'),
  debt_cents: described(BalanceCents, 'Owed by the user'),
}

export const StatementBalance = closed(
  {
    ...balances,
    balance_dollars: Type.String({
      description: 'balance_cents as a decimal in major units of the currency',
      examples: ['500.00'],
    }),
  },
  { title: 'StatementBalance' },
)

export const StatementLine = closed(
  {
    entry: LedgerEntry,
    change_cents: described(
      BalanceCents,
      'What the entry adds to what can be spent; negative where it takes',
    ),
    pending_change_cents: described(BalanceCents, 'What it adds to what is pending'),
    debt_change_cents: described(BalanceCents, 'What it adds to what is owed'),
    ...balances,
  },
  {
    title: 'StatementLine',
    description: 'An entry, and the balance after it in the order of the statement',
  },
)

export const Statement = closed(
  {
    user_id: UserId,
    currency: Currency,
    axis: literals(['recorded', 'effective'], 'Which time counts'),
    from: nullable(described(Instant, 'The first instant; null for the beginning of everything')),
    to: described(Instant, 'The end, which does not belong to the statement any more'),
    known_at: nullable(described(Instant, 'Only what had been recorded by then; null for all')),
    opening: StatementBalance,
    closing: StatementBalance,
    change_cents: described(BalanceCents, 'closing less opening: what can be spent'),
    pending_change_cents: described(BalanceCents, 'closing less opening: what is pending'),
    debt_change_cents: described(BalanceCents, 'closing less opening: what is owed'),
    total: Type.Integer({ description: 'How many entries the whole statement has' }),
    lines: Type.Array(StatementLine),
    next_cursor: nullable(Type.String({ description: 'For the next page; null on the last' })),
  },
  { title: 'Statement' },
)
export type Statement = Static<typeof Statement>
