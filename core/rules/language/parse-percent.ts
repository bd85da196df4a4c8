import { amountCentsMax } from '@pineos/contract/primitives.ts'
import {
  type AmountBounds,
  type FixedAmount,
  type PercentAmount,
  type Rounding,
  roundings,
} from './amount.ts'
import type { Faults } from './fault.ts'
import { percentMax } from './limits.ts'
import { readPath } from './parse-context.ts'
import {
  isGiven,
  type Members,
  type Part,
  readChoiceOr,
  readHundredths,
  readWhole,
} from './part.ts'

/** Reads a number of minor units that must be given. */
export function readCents(part: Part, faults: Faults): bigint {
  return BigInt(
    readWhole(part, { min: 1, max: amountCentsMax, what: 'minor units (cents)' }, faults),
  )
}

export function readFixed(part: Part, faults: Faults): FixedAmount {
  return { kind: 'fixed', cents: readCents(part, faults) }
}

/** Reads a percentage, in hundredths of a percent. */
export function readBasisPoints(part: Part, faults: Faults): bigint {
  return BigInt(readHundredths(part, percentMax, faults))
}

export function readRounding(part: Part, faults: Faults): Rounding {
  return readChoiceOr(part, roundings, 'down', faults)
}

/** Reads a share of a fact, without bounds. */
export function readPercent(
  parts: Members<'percent' | 'of' | 'round'>,
  faults: Faults,
): PercentAmount {
  return {
    kind: 'percent',
    basisPoints: readBasisPoints(parts.percent, faults),
    of: readPath(parts.of, 'purchase.amount_cents', faults),
    rounding: readRounding(parts.round, faults),
    minCents: null,
    maxCents: null,
  }
}

export function readBounds(
  { min_cents, max_cents }: Members<'min_cents' | 'max_cents'>,
  faults: Faults,
): AmountBounds {
  const before = faults.count
  const minCents = isGiven(min_cents) ? readCents(min_cents, faults) : null
  const maxCents = isGiven(max_cents) ? readCents(max_cents, faults) : null
  const areRead = minCents !== null && maxCents !== null && faults.count === before
  if (areRead && minCents > maxCents)
    faults.add(min_cents.pointer, 'range', 'The least amount must not be above the most.')
  return { minCents, maxCents }
}
