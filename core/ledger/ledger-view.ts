import type { Entry, EntryPosition, UserBalance } from './entry.ts'

/** What a decision may look at. Unknown users have an empty balance. */
export interface LedgerView {
  balance(userId: string, currency: string): UserBalance
  entry(id: string): Entry | undefined
  position(entry: Entry): EntryPosition
  /** The credits of the user that expire and are not spent yet, in any order. */
  lots(userId: string, currency: string): readonly EntryPosition[]
  /** RFC 3339 in UTC with milliseconds: nothing may count before it. Null where no period is closed. */
  readonly closedUntil: string | null
}
