import { Failure } from '../failure.ts'
import type { Moment } from './balance-at.ts'

/** Where the next page of a statement begins, and what was known when its first page was read. */
export interface StatementCursor {
  readonly axis: Moment['axis']
  /** The last entry of the page before. */
  readonly sequence: bigint
  /** RFC 3339 in UTC: when that entry counts. */
  readonly effectiveAt: string
  /** Entries later in the sequence than this one came while the pages were read. */
  readonly through: bigint
  /** RFC 3339 in UTC: the end of the statement, which may have been the time of the first page. */
  readonly to: string
}

const pattern = /^(recorded|effective)\.(\d{1,18})\.(-?\d{1,15})\.(\d{1,18})\.(-?\d{1,15})$/
const yearMax = 9_999

export function cursorText({ axis, sequence, effectiveAt, through, to }: StatementCursor): string {
  const parts = [axis, sequence, Date.parse(effectiveAt), through, Date.parse(to)]
  return Buffer.from(parts.join('.')).toString('base64url')
}

/** Fails with `validation_failed` on what no page of a statement on this axis has given. */
export function cursorOf(text: string, axis: Moment['axis']): StatementCursor {
  const parts = pattern.exec(Buffer.from(text, 'base64url').toString())
  const [, ofAxis, sequence = '', effectiveAt, through = '', to] = parts ?? []
  if (ofAxis === axis && isTime(effectiveAt) && isTime(to)) {
    return {
      axis,
      sequence: BigInt(sequence),
      effectiveAt: new Date(Number(effectiveAt)).toISOString(),
      through: BigInt(through),
      to: new Date(Number(to)).toISOString(),
    }
  }
  const detail = 'The cursor is not one that a page of such a statement has given.'
  throw new Failure('validation_failed', detail, {
    errors: [{ pointer: '/query/cursor', code: 'cursor_invalid', detail }],
  })
}

/** Of the years that PostgreSQL and RFC 3339 write alike. */
function isTime(milliseconds: string | undefined): boolean {
  const year = new Date(Number(milliseconds)).getUTCFullYear()
  return year >= 1 && year <= yearMax
}
