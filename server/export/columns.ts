/** How a kind of column is written as JSON, and read from it: the type it is read with, and SQL both ways. */
interface ColumnKindRow {
  readonly type: string
  readonly toJson: (column: string) => string
  readonly fromJson: (column: string) => string
}

const asItIs = (type: string): ColumnKindRow => ({
  type,
  toJson: (column) => column,
  fromJson: (column) => column,
})

const columnKinds = {
  text: asItIs('text'),
  uuid: asItIs('uuid'),
  integer: asItIs('integer'),
  bigint: asItIs('bigint'),
  // Up to 38 digits: more than most readers of JSON keep of a number, all of which PostgreSQL does.
  numeric: asItIs('numeric(38)'),
  json: asItIs('jsonb'),
  /** Its text as a text, as in the leaves of the log: readers of JSON keep it as it is. */
  leafJson: {
    type: 'text',
    toJson: (column) => `${column}::text`,
    fromJson: (column) => `${column}::jsonb`,
  },
  /** RFC 3339 in UTC as PostgreSQL writes it, in sessions whose time zone is UTC. */
  time: asItIs('timestamptz'),
  /** RFC 3339 in UTC with milliseconds and a Z, as it was signed. */
  instant: {
    type: 'timestamptz',
    toJson: (column) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    fromJson: (column) => column,
  },
  /** In UTC without saying so, as in the leaves of the log. */
  leafTime: {
    type: 'timestamp',
    toJson: (column) => `${column} at time zone 'UTC'`,
    fromJson: (column) => `${column} at time zone 'UTC'`,
  },
  hex: {
    type: 'text',
    toJson: (column) => `encode(${column}, 'hex')`,
    fromJson: (column) => `decode(${column}, 'hex')`,
  },
  base64: {
    type: 'text',
    // The lines that encode makes are no part of the value.
    toJson: (column) => `replace(encode(${column}, 'base64'), chr(10), '')`,
    fromJson: (column) => `decode(${column}, 'base64')`,
  },
} as const satisfies Readonly<Record<string, ColumnKindRow>>

export type ColumnKind = keyof typeof columnKinds

/** Names of columns with their kinds, in the order in which they are written. */
export type Columns = Readonly<Record<string, ColumnKind>>

/** SQL: the columns of a row as they are written, for the list of a select. */
export function columnsToJson(columns: Columns, alias: string): string {
  return Object.entries(columns)
    .map(([name, kind]) => `${columnKinds[kind].toJson(`${alias}.${name}`)} as ${name}`)
    .join(', ')
}

/** SQL: the columns of a table from those of `columnTypes`, for the list of a select. */
export function columnsFromJson(columns: Columns, alias: string): string {
  return Object.entries(columns)
    .map(([name, kind]) => `${columnKinds[kind].fromJson(`${alias}.${name}`)} as ${name}`)
    .join(', ')
}

/** SQL: names and types for json_to_record. */
export function columnTypes(columns: Columns): string {
  return Object.entries(columns)
    .map(([name, kind]) => `${name} ${columnKinds[kind].type}`)
    .join(', ')
}

/** SQL: what a session is set to that reads or writes an export, for its transaction. */
export const exportSettings = "set local timezone to 'UTC'; set local bytea_output to 'hex'"
