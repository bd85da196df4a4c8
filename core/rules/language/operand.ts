import type { Scalar } from './facts.ts'

/** The kinds of scalars, one bit each; 0 is what cannot be compared. */
const kinds = { text: 1, number: 2, truth: 4 } as const

/** What stands on the right of an operator, made ready once so that a test only looks it up. */
export interface Operand {
  /** Undefined where it is a list. */
  readonly scalar: Scalar | undefined
  /** Empty where it is no list. */
  readonly listed: ReadonlySet<Scalar>
  /** The kinds of its values; a fact of another kind cannot be compared with it. */
  readonly kinds: number
}

const noneListed: ReadonlySet<Scalar> = new Set()

/** The values that the operand is made of. */
export function valuesOf({ scalar, listed }: Operand): readonly Scalar[] {
  return scalar === undefined ? [...listed] : [scalar]
}

export function operandOf(expected: Scalar | readonly Scalar[]): Operand {
  const scalars = typeof expected === 'object' ? expected : [expected]
  return {
    scalar: typeof expected === 'object' ? undefined : expected,
    listed: typeof expected === 'object' ? new Set(expected) : noneListed,
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
