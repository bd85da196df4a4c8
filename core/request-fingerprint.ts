import { canonicalJson } from './canonical-json.ts'

/** What makes two requests the same, as text to be hashed, and digests to tell which fields differ. */
export interface RequestText {
  /** The canonical JSON (RFC 8785) of the fields. */
  readonly canonical: string
  /**
   * A short digest of each field, as `name=digest` separated by spaces, in the order of the names. Kept
   * beside the fingerprint so that a reused key can be answered with the names of the fields that
   * differ, and with nothing of what the first request held.
   */
  readonly digests: string
}

/** Both in one pass over the fields: this runs for every request that moves money. */
export function requestText(fields: Readonly<Record<string, unknown>>): RequestText {
  let canonical = ''
  let digests = ''
  for (const name of Object.keys(fields).sort()) {
    const value = fields[name]
    if (value === undefined) continue
    const text = canonicalJson(value)
    canonical += `${canonical ? ',' : ''}${JSON.stringify(name)}:${text}`
    digests += `${digests ? ' ' : ''}${name}=${fnv1a(text)}`
  }
  return { canonical: `{${canonical}}`, digests }
}

/** The names of the fields that are not the same in both, in order. */
export function differingFields(first: string, second: string): string[] {
  const before = parse(first)
  const after = parse(second)
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort()
}

function parse(digests: string): ReadonlyMap<string, string> {
  return new Map(
    digests
      .split(' ')
      .filter(Boolean)
      .map((item) => item.split('=') as [string, string]),
  )
}

// Read from a table: as text of a number above 2³⁰ a digest would cost more than it does to compute.
const byteTexts = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function byteText(byte: number): string {
  return byteTexts[byte] ?? ''
}

/** FNV-1a, 32 bits, over UTF-16 code units: it need not resist anyone, the SHA-256 fingerprint decides. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return `${byteText(hash >>> 24)}${byteText((hash >>> 16) & 255)}${byteText((hash >>> 8) & 255)}${byteText(hash & 255)}`
}
