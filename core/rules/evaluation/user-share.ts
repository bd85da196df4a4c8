import type { UserShare } from '../language/rule.ts'

const sharesMax = 10_000
const utf8 = new TextEncoder()

/**
 * Whether the user is in the share: always the same answer for the same name and user, and independent
 * between names. A greater share of the same name has everybody who is in a smaller one.
 */
export function isInShare(
  share: Pick<UserShare, 'basisPoints'>,
  name: string,
  userId: string,
): boolean {
  return stableHash(`${name}\0${userId}`) % sharesMax < share.basisPoints
}

/** FNV-1a of 32 bits over the UTF-8 of the text, mixed at the end so that its remainders are even. */
function stableHash(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of utf8.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
