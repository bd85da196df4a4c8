import { type FactPath, parsePath } from './facts.ts'
import type { Faults } from './fault.ts'
import { aggregatesMax, amountsMax, conditionsMax, patternsMax } from './limits.ts'
import type { Part } from './part.ts'

/** What the parts of a rule share while it is read. */
export interface ParseContext {
  readonly faults: Faults
  /** Currency of actions that name none. */
  readonly defaultCurrency: string
  /** Time zone of schedules that name none. */
  readonly timezone: string
  /** How many of each there are so far, in the whole rule. */
  readonly counts: Record<Counted, number>
}

type Counted = keyof typeof countedBounds

const countedBounds = {
  conditions: { max: conditionsMax, what: 'conditions and groups' },
  aggregates: { max: aggregatesMax, what: 'facts over history' },
  patterns: { max: patternsMax, what: 'patterns' },
  amounts: { max: amountsMax, what: 'amounts' },
} as const

export function newCounts(): Record<Counted, number> {
  return { conditions: 0, aggregates: 0, patterns: 0, amounts: 0 }
}

/** Counts one more; false where it is too many, which is said once: of the first that is. */
export function isRoomFor(counted: Counted, pointer: string, context: ParseContext): boolean {
  const { max, what } = countedBounds[counted]
  context.counts[counted] += 1
  if (context.counts[counted] <= max) return true
  if (context.counts[counted] === max + 1)
    context.faults.add(pointer, 'limit', `A rule has at most ${max} ${what}.`)
  return false
}

/** Reads the path of a fact; `example` is one that could stand here. */
export function readPath({ value, pointer }: Part, example: string, faults: Faults): FactPath {
  const path =
    typeof value === 'string' ? parsePath(value) : `Give the path of a fact, such as "${example}".`
  if (typeof path !== 'string') return path
  faults.add(pointer, value === undefined ? 'required' : 'path', path)
  return { text: '', segments: [] }
}
