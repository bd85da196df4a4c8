import { type EntryPosition, positionWith } from './entry.ts'

/** How many credits of a user may wait unspent for their expiry, in one currency. */
export const lotsMax = 1_000

/** What an amount that leaves the available balance takes from the credits that expire. */
export interface Draw {
  readonly drawnCents: bigint
  /** The positions of those credits afterwards. */
  readonly positions: readonly EntryPosition[]
}

export const nothingDrawn: Draw = { drawnCents: 0n, positions: [] }

/** Takes the amount from the lots, first to expire first; what they do not have comes from the rest. */
export function drawFrom(lots: readonly EntryPosition[], amountCents: bigint): Draw {
  const positions: EntryPosition[] = []
  let drawnCents = 0n
  for (const lot of [...lots].sort(byExpiry)) {
    const leftCents = amountCents - drawnCents
    if (leftCents === 0n) break
    const takenCents = lot.unspentCents < leftCents ? lot.unspentCents : leftCents
    drawnCents += takenCents
    positions.push(positionWith(lot, { unspentCents: lot.unspentCents - takenCents }, null))
  }
  return { drawnCents, positions }
}

/** The lots that can still be spent: what has expired by `now` cannot, even before that is posted. */
export function unexpired(lots: readonly EntryPosition[], now: string): readonly EntryPosition[] {
  return lots.filter((lot) => lot.expiresAt !== null && lot.expiresAt > now)
}

export function unspentOf(lots: readonly EntryPosition[]): bigint {
  return lots.reduce((sum, lot) => sum + lot.unspentCents, 0n)
}

function byExpiry(a: EntryPosition, b: EntryPosition): number {
  const [first, second] = [a.expiresAt ?? '', b.expiresAt ?? '']
  if (first !== second) return first < second ? -1 : 1
  // Ids grow with time: of two that expire together the older one goes first.
  return a.entryId < b.entryId ? -1 : 1
}
