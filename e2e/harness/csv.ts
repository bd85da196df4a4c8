/** The records of a CSV text by the names in its header, read by the grammar of RFC 4180. */
export function csvRecords(text: string): readonly Readonly<Record<string, string>>[] {
  const [header = [], ...rows] = rowsOf(text)
  return rows.map((row) => {
    if (row.length !== header.length) throw new Error(`${row.length} cells: ${row.join()}`)
    return Object.fromEntries(header.map((name, index) => [name, row[index] ?? '']))
  })
}

function rowsOf(text: string): string[][] {
  if (!text.endsWith('\r\n')) throw new Error('the last record of the CSV is not ended')
  const rows: string[][] = [[]]
  let end = 0
  // Each cell with what ends it; a cell that is not of the grammar leaves a gap.
  for (const match of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy)) {
    const [whole, quoted, plain = '', ending] = match
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain)
    if (ending !== ',') rows.push([])
    end = match.index + whole.length
  }
  if (end !== text.length) throw new Error(`no CSV at ${end}: ${text.slice(end, end + 80)}`)
  return rows.slice(0, -1)
}
