import { Table } from '@mantine/core'
import type { ReactNode } from 'react'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  /** Numbers stand under each other at their end. */
  readonly isNumber?: boolean
  /** Sentences, which need room to be read. */
  readonly isProse?: boolean
}

/** A table of rows; it scrolls by itself, by keyboard too, where the window is narrower than it. */
export function DataTable<Row>({
  label,
  columns,
  rows,
  rowKey,
}: {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
}) {
  return (
    <Table.ScrollContainer type="native" minWidth={0} tabIndex={0} role="group" aria-label={label}>
      <Table aria-label={label} verticalSpacing="xs" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.title} {...layoutOf(column)}>
                {column.title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)}>
              {columns.map((column) => (
                <Table.Td key={column.title} {...layoutOf(column)}>
                  {column.cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function layoutOf({ isNumber, isProse }: Pick<Column<never>, 'isNumber' | 'isProse'>) {
  if (isNumber)
    return {
      ta: 'end',
      style: { whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' },
    } as const
  return isProse ? ({ ta: 'start', miw: '14rem' } as const) : ({ ta: 'start' } as const)
}
