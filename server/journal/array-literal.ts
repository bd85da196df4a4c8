/**
 * Arrays as PostgreSQL reads them in text (its manual, “Array Value Input”). The driver would examine
 * every element with regular expressions; the journal sends tens of thousands a second, and knows of
 * most that they need no quotes.
 */

/** Values without any character that an array gives a meaning: ids, numbers, names of our own tables. */
export function plainArray(values: readonly (string | number | bigint | null)[]): string {
  return `{${values.map(plainElement).join(',')}}`
}

/** Any text. */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map(textElement).join(',')}}`
}

/** The JSON text of each value. */
export function jsonArray(values: readonly unknown[]): string {
  // JSON text holds no control characters, so that as a JSON string it has those characters escaped
  // that an array wants escaped, the quote and the backslash, and no others.
  const elements = JSON.stringify(values.map((value) => JSON.stringify(value)))
  return `{${elements.slice(1, -1)}}`
}

/** Bytes, given in hexadecimal. The backslash of the form of bytea is doubled inside the array. */
export function bytesArray(values: readonly string[]): string {
  return values.length === 0 ? '{}' : `{"\\\\x${values.join('","\\\\x')}"}`
}

function plainElement(value: string | number | bigint | null): string | number | bigint {
  return value ?? 'NULL'
}

const special = /["\\]/g

function textElement(value: string | null): string {
  if (value === null) return 'NULL'
  const isPlain = !value.includes('"') && !value.includes('\\')
  return isPlain ? `"${value}"` : `"${value.replace(special, '\\$&')}"`
}
