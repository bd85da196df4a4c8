/**
 * Canonical JSON after RFC 8785: members sorted by the UTF-16 code units of their names, numbers and
 * strings as ECMAScript writes them, no white space. Two requests that differ only in the order of
 * members or in white space have the same text. Depth is bounded where the JSON is parsed.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = value as Readonly<Record<string, unknown>>
  let text = ''
  for (const name of Object.keys(members).sort()) {
    if (members[name] === undefined) continue
    text += `${text ? ',' : ''}${JSON.stringify(name)}:${canonicalJson(members[name])}`
  }
  return `{${text}}`
}
