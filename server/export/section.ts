import type { Columns } from './columns.ts'

/** The records of one kind: rows of a table. */
export interface Section {
  /** Names its lines: they begin with `{"record":"<record>"`. */
  readonly record: string
  readonly table: string
  /** Which rows; all where it is absent. */
  readonly where?: string
  readonly columns: Columns
  /** The key of the table: the order in the file. */
  readonly orderBy: string
}
