import { pageLimitDefault } from '@pineos/contract/primitives.ts'
import { Failure } from '../failure.ts'

/** Of a page of what is numbered, newest first. */
interface PageQuery {
  readonly limit?: number
  readonly cursor?: string
}

export interface NumberedRows<Row> {
  readonly rows: readonly Row[]
  readonly next_cursor: string | null
}

/**
 * A page of what is numbered, and the cursor of the next one where there is more. One row more than
 * asked tells of it. Fails with `validation_failed` where the cursor is not one that a page has given.
 */
export async function numberedPage<Row>(
  query: PageQuery,
  {
    numberOf,
    read,
  }: {
    readonly numberOf: (row: Row) => number
    readonly read: (page: { limit: number; before: number | undefined }) => Promise<Row[]>
  },
): Promise<NumberedRows<Row>> {
  const limit = query.limit ?? pageLimitDefault
  const before = query.cursor === undefined ? undefined : numberOfCursor(query.cursor)
  const found = await read({ limit: limit + 1, before })
  const last = found.length > limit ? found[limit - 1] : undefined
  return {
    rows: found.slice(0, limit),
    next_cursor:
      last === undefined ? null : Buffer.from(String(numberOf(last))).toString('base64url'),
  }
}

const numberPattern = /^[1-9]\d{0,8}$/

function numberOfCursor(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString()
  if (numberPattern.test(text)) return Number(text)
  const detail = 'The cursor is not one that a page has given.'
  throw new Failure('validation_failed', detail, {
    errors: [{ pointer: '/query/cursor', code: 'cursor_invalid', detail }],
  })
}
