import { Failure } from '../failure.ts'

/** Where a page of entries begins. */
export interface EntryPosition {
  /** The page begins with the newest entry whose id is below this one; with the newest of all where it is absent. */
  readonly belowId?: string | undefined
  /** How many matching entries are to be passed over first. */
  readonly skip: number
  /** Whether the metadata asked for is known to be common, so that it need not be tried out again. */
  readonly isCommon: boolean
}

const cursorPattern =
  /^(?<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?: skip (?<skip>[1-9]\d{0,6}))?(?<common> common)?$/

/** The position as an opaque text, base64url. */
export function cursorOf(position: EntryPosition & { readonly belowId: string }): string {
  const { belowId, skip, isCommon } = position
  const parts = [belowId, ...(skip > 0 ? [`skip ${skip}`] : []), ...(isCommon ? ['common'] : [])]
  return Buffer.from(parts.join(' ')).toString('base64url')
}

/** The position that a page has given. Fails with `validation_failed` on any other text. */
export function positionOf(cursor: string): EntryPosition {
  const groups = cursorPattern.exec(Buffer.from(cursor, 'base64url').toString())?.groups
  if (groups) {
    const { id, skip, common } = groups
    return { belowId: id, skip: Number(skip ?? 0), isCommon: common !== undefined }
  }
  const fault = {
    pointer: '/query/cursor',
    code: 'cursor_invalid',
    detail: 'The cursor is not one that a page has given.',
  }
  throw new Failure('validation_failed', fault.detail, { errors: [fault] })
}
