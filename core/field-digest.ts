import { canonicalJson } from './canonical-json.ts'

/**
 * A short digest of each top-level field of a request, as `name=digest` separated by spaces in the
 * order of the names. Kept beside the fingerprint so that a reused key can be answered with the names
 * of the fields that differ, and with nothing of what the first request held.
 */
export function fieldDigests(fields: Readonly<Record<string, unknown>>): string {
  return Object.keys(fields)
    .filter((name) => fields[name] !== undefined)
    .sort()
    .map((name) => `${name}=${fnv1a(canonicalJson(fields[name]))}`)
    .join(' ')
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

/** FNV-1a, 32 bits, over UTF-16 code units: it need not resist anyone, the SHA-256 fingerprint decides. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
