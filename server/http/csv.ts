/**
 * A cell of text. What a spreadsheet would take for a formula is made text by an apostrophe before
 * it: OWASP, "CSV Injection", with the wide forms of the signs, and signs after spaces, which some
 * programs pass over.
 */
export function textCell(text: string | null): string {
  if (text === null) return ''
  return quoted(/^(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/.test(text) ? `'${text}` : text)
}

/** A line of cells that `textCell` has made, or that have no sign to be quoted; RFC 4180. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
