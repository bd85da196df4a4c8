/**
 * Arrays as PostgreSQL reads them in text (its manual, “Array Value Input”). The driver would examine
 * every element with regular expressions; the journal sends tens of thousands a second, and knows of
 * most that they need no quotes.
 */

/** Values without any character that an array gives a meaning: ids, numbers, names of our own tables. */
export function plainArray(values: readonly (string | number | bigint | null)[]): string {
  let text = '{'
  for (const [index, value] of values.entries()) {
    if (index > 0) text += ','
    text += value === null ? 'NULL' : value
  }
  return `${text}}`
}

const special = /["\\]/g

/** Any text. */
export function textArray(values: readonly (string | null)[]): string {
  let text = '{'
  for (const [index, value] of values.entries()) {
    if (index > 0) text += ','
    text += value === null ? 'NULL' : `"${isPlain(value) ? value : value.replace(special, '\\$&')}"`
  }
  return `${text}}`
}

/** Bytes, in the hexadecimal form of bytea; its backslash is doubled inside the array. */
export function bytesArray(values: readonly Buffer[]): string {
  return `{${values.map((value) => `"\\\\x${value.toString('hex')}"`).join(',')}}`
}

function isPlain(value: string): boolean {
  return !value.includes('"') && !value.includes('\\')
}
