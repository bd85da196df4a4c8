import Table from 'cli-table3'

/** A table in plain text, without colours, so that it reads the same in a terminal and in a file. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [] } })
  table.push(...rows.map((row) => [...row]))
  return table.toString()
}
