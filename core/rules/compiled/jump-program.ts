import type { Comparison, Condition } from '../language/condition.ts'
import type { Scalar } from '../language/facts.ts'
import { kindOf, type Operand, operandOf } from '../language/operand.ts'
import { operatorNames, operators, type Test } from '../language/operators.ts'
import type { FactReader, Slots } from './slots.ts'

/**
 * The conditions of many rules as one flat list of tests with jumps, so that running them walks
 * through memory from front to back. It answers one question of a condition, whether it can be true;
 * that it is false or unknown comes to the same, as neither pays. A negation asks of its parts whether
 * they are false, so no third value has to be carried. What is compared with history is taken to be
 * whatever it is asked for: nothing that could be true is missed, and history is asked for the few
 * rules that are left.
 *
 * A test is `width` numbers: the operator's number doubled, odd where it is asked whether the
 * comparison is false; slot of the fact, or of none; operand, or below zero the slot of the fact it is
 * compared with; the next test if it is so, and if not.
 */
export class JumpProgram {
  readonly #slots: Slots
  readonly #scalars = new Map<Scalar, number>()
  readonly #operands: Operand[] = []
  #code = new Int32Array(1_024)
  #length = 0

  constructor(slots: Slots) {
    this.#slots = slots
  }

  /** Appends the tests of a condition and gives the place where they begin. */
  add(condition: Condition): number {
    const steps: Step[] = []
    const first = compile(condition, { steps, asked: 'true', ifSo: met, ifNot: notMet })
    // Steps were made from last to first; the code has them from first to last.
    const last = this.#length + (steps.length - 1) * width
    const placeOf = (step: number) => (step < 0 ? step : last - step * width)
    this.#reserve(steps.length * width)
    for (const step of steps.toReversed()) this.#emit(step, placeOf)
    return placeOf(first)
  }

  /** Whether the condition that begins at `entry` can be true of the event that the reader has begun. */
  isPossible(entry: number, reader: FactReader): boolean {
    const code = this.#code
    let next = entry
    // Jumps only lead forward, so every test runs at most once.
    while (next >= 0) {
      const slot = code[next + 1] ?? noSlot
      const isSo = slot === noSlot || this.#isAsAsked(next, reader.read(slot), reader)
      next = code[next + (isSo ? 3 : 4)] ?? notMet
    }
    return next === met
  }

  #isAsAsked(at: number, actual: unknown, reader: FactReader): boolean {
    const operatorAsked = this.#code[at] ?? 0
    const test = tests[operatorAsked >> 1]
    const operand = this.#operandAt(this.#code[at + 2] ?? 0, reader)
    if (test === undefined || operand === undefined) return false
    const asked: Asked = (operatorAsked & 1) === 0 ? 'true' : 'false'
    return test(actual, operand, reader.atMs) === asked
  }

  #operandAt(number: number, reader: FactReader): Operand | undefined {
    if (number >= 0) return this.#operands[number]
    const value = reader.read(-1 - number)
    // What cannot be compared is unknown, whatever is asked of it.
    return kindOf(value) === 0 ? undefined : operandOf(value as Scalar)
  }

  #emit({ comparison, asked, ifSo, ifNot }: Step, placeOf: (step: number) => number): void {
    const { subject, operator, operand, reference } = comparison
    const at = this.#length
    this.#code[at] = operatorNames.indexOf(operator) * 2 + (asked === 'true' ? 0 : 1)
    this.#code[at + 1] = subject.kind === 'fact' ? this.#slots.slotOf(subject.path) : noSlot
    this.#code[at + 2] = reference
      ? -1 - this.#slots.slotOf(reference)
      : this.#operandNumber(operand)
    this.#code[at + 3] = placeOf(ifSo)
    this.#code[at + 4] = placeOf(ifNot)
    this.#length += width
  }

  /** Scalars that many rules compare with are kept once, so that they stay in the processor's cache. */
  #operandNumber(operand: Operand): number {
    const { scalar } = operand
    const isPlain = scalar !== undefined && Object.keys(operand).length === plainMembers
    const known = isPlain ? this.#scalars.get(scalar) : undefined
    if (known !== undefined) return known
    const number = this.#operands.push(operand) - 1
    if (isPlain) this.#scalars.set(scalar, number)
    return number
  }

  /** Room for so many more numbers, at least twice as much as before where there is none. */
  #reserve(numbers: number): void {
    if (this.#length + numbers <= this.#code.length) return
    const grown = new Int32Array(Math.max(this.#code.length * 2, this.#length + numbers))
    grown.set(this.#code)
    this.#code = grown
  }
}

const width = 5
const met = -1
const notMet = -2
const noSlot = -1
/** Members of an operand that is a scalar and nothing more. */
const plainMembers = Object.keys(operandOf(true)).length

/** Which truth of a comparison takes the first jump. */
type Asked = 'true' | 'false'

const tests: readonly Test[] = operatorNames.map((name) => operators[name].test)

interface Targets {
  readonly ifSo: number
  readonly ifNot: number
}

interface Step extends Targets {
  readonly comparison: Comparison
  readonly asked: Asked
}

interface Compiling extends Targets {
  readonly steps: Step[]
  readonly asked: Asked
}

/** Compiles a condition from its end to its beginning, so that each test knows where it leads. */
function compile(condition: Condition, { steps, asked, ...targets }: Compiling): number {
  if (condition.kind === 'comparison')
    return steps.push({ comparison: condition, asked, ...targets }) - 1
  // “None is true” asks of each whether it is false; to be false, one of them must be true.
  const isNone = condition.mode === 'none'
  const askedOfParts = isNone ? opposite(asked) : asked
  const needsEach = isNone ? asked === 'true' : (condition.mode === 'all') === (asked === 'true')
  const { ifSo, ifNot } = targets
  let next = needsEach ? ifSo : ifNot
  for (const node of condition.nodes.toReversed()) {
    const own = needsEach ? { ifSo: next, ifNot } : { ifSo, ifNot: next }
    next = compile(node, { steps, asked: askedOfParts, ...own })
  }
  return next
}

function opposite(asked: Asked): Asked {
  return asked === 'true' ? 'false' : 'true'
}
