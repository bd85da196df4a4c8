import type { Scalar } from './facts.ts'
import type { Pattern } from './pattern.ts'
import type { Duration } from './window.ts'

/** The kinds of scalars, one bit each; 0 is what cannot be compared. */
const kinds = { text: 1, number: 2, truth: 4 } as const

/** Two bounds of one kind, both included. */
export type Range =
  | { readonly kind: 'number'; readonly low: number; readonly high: number }
  | { readonly kind: 'text'; readonly low: string; readonly high: string }
  /** In milliseconds since 1970 UTC. */
  | { readonly kind: 'time'; readonly low: number; readonly high: number }

/**
 * What stands on the right of an operator, made ready once so that a test only looks it up. It has
 * what its operator needs; the rest is as in `noOperand`. All have the same members in the same order,
 * which makes reading them fast.
 */
export interface Operand {
  /** What is compared as it is. */
  readonly scalar: Scalar | undefined
  /** The values of a list. */
  readonly listed: ReadonlySet<Scalar>
  /** The kinds of its values; a fact of another kind cannot be compared with it. */
  readonly kinds: number
  readonly range: Range | null
  /** Milliseconds since 1970 UTC. */
  readonly timeMs: number
  readonly duration: Duration | null
  readonly pattern: Pattern | null
}

/** With it every comparison is unknown. It stands where a value is only found in the event. */
export const noOperand: Operand = {
  scalar: undefined,
  listed: new Set(),
  kinds: 0,
  range: null,
  timeMs: Number.NaN,
  duration: null,
  pattern: null,
}

/** The values that the operand is made of, where it is made of any. */
export function valuesOf({ scalar, listed }: Operand): readonly Scalar[] {
  return scalar === undefined ? [...listed] : [scalar]
}

/** The operand of one value, or of a list of them. */
export function operandOf(expected: Scalar | readonly Scalar[]): Operand {
  const scalars = typeof expected === 'object' ? expected : [expected]
  return {
    ...noOperand,
    scalar: typeof expected === 'object' ? undefined : expected,
    listed: typeof expected === 'object' ? new Set(expected) : noOperand.listed,
    kinds: scalars.reduce<number>((sum, scalar) => sum | kindOf(scalar), 0),
  }
}

/** The bit of the value's kind; 0 for what is missing, null, a list, an object or no finite number. */
export function kindOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return kinds.text
    case 'number':
      // JSON can carry 1e999, which is read as infinity and would be more than anything.
      return Number.isFinite(value) ? kinds.number : 0
    case 'boolean':
      return kinds.truth
    default:
      return 0
  }
}
