import type { Comparison } from '../language/condition.ts'
import type { Scalar } from '../language/facts.ts'
import { kindOf, type Operand } from '../language/operand.ts'
import { type OperatorName, operandOfFact, operators, type Test } from '../language/operators.ts'
import type { Truth } from '../language/truth.ts'
import type { FactReader, Slots } from './slots.ts'

/** What a test does. Those that most rules consist of have a number of their own. */
export const opcodes = {
  any: 0,
  more: 1,
  less: 2,
  atLeast: 3,
  atMost: 4,
  equal: 5,
  unequal: 6,
  history: 7,
  /** What the index has looked up already. */
  sure: 8,
} as const

/** In the place of the slot of a test that reads no fact. */
export const noSlot = -1

/** One comparison, made ready to be tested. */
export interface LeafTest {
  readonly opcode: number
  readonly slot: number
  /** What it is compared with, by its number. */
  readonly operand: number
}

/** What the tests of all rules compare with, each value once, so that it stays in the processor's cache. */
export class LeafTests {
  readonly constants: number[] = []
  readonly scalars: Scalar[] = []
  readonly scalarKinds: number[] = []
  readonly #slots: Slots
  readonly #constantNumbers = new Map<number, number>()
  readonly #scalarNumbers = new Map<Scalar, number>()
  readonly #others: OtherTest[] = []

  constructor(slots: Slots) {
    this.#slots = slots
  }

  /** The test for whether the comparison is true, or is false. */
  add(comparison: Comparison, asked: 'true' | 'false'): LeafTest {
    const { subject, operator, operand, reference } = comparison
    if (subject.kind === 'aggregate') return { opcode: opcodes.history, slot: noSlot, operand: 0 }
    const slot = this.#slots.slotOf(subject.path)
    const special = reference === null ? specialOpcode(operator, operand.scalar, asked) : undefined
    if (special !== undefined) {
      // It has one where there is a scalar alone.
      return { opcode: special, slot, operand: this.#numberOf(special, operand.scalar as Scalar) }
    }
    const other = {
      test: operators[operator].test,
      operator,
      operand,
      referenceSlot: reference ? this.#slots.slotOf(reference) : noSlot,
      asked,
    }
    return { opcode: opcodes.any, slot, operand: this.#others.push(other) - 1 }
  }

  /** Whether a test of the opcode `any` has the outcome that was asked for. */
  isSo(operand: number, slot: number, reader: FactReader): boolean {
    const other = this.#others[operand]
    return other !== undefined && truthOfOther(other, slot, reader) === other.asked
  }

  /** The outcome of a test of the opcode `any`. */
  truthOf(operand: number, slot: number, reader: FactReader): Truth {
    const other = this.#others[operand]
    return other === undefined ? 'unknown' : truthOfOther(other, slot, reader)
  }

  #numberOf(opcode: number, scalar: Scalar): number {
    const isEquality = opcode === opcodes.equal || opcode === opcodes.unequal
    return isEquality ? this.#scalarNumber(scalar) : this.#constantNumber(scalar as number)
  }

  #constantNumber(value: number): number {
    const known = this.#constantNumbers.get(value)
    if (known !== undefined) return known
    const number = this.constants.push(value) - 1
    this.#constantNumbers.set(value, number)
    return number
  }

  #scalarNumber(value: Scalar): number {
    const known = this.#scalarNumbers.get(value)
    if (known !== undefined) return known
    const number = this.scalars.push(value) - 1
    this.scalarKinds.push(kindOf(value))
    this.#scalarNumbers.set(value, number)
    return number
  }
}

interface OtherTest {
  readonly test: Test
  readonly operator: OperatorName
  readonly operand: Operand
  /** The slot of the fact it is compared with, or of none. */
  readonly referenceSlot: number
  readonly asked: 'true' | 'false'
}

function truthOfOther(
  { test, operator, operand, referenceSlot }: OtherTest,
  slot: number,
  reader: FactReader,
): Truth {
  const actual = reader.read(slot)
  if (referenceSlot === noSlot) return test(actual, operand, reader.atMs)
  const found = operandOfFact(operator, reader.read(referenceSlot))
  // What cannot be compared is unknown, whatever is asked of it.
  return found ? test(actual, found, reader.atMs) : 'unknown'
}

type Specials = Readonly<Partial<Record<OperatorName, { true: number; false: number }>>>

/** Of numbers alone. What a test is false of is what its opposite is true of: NaN is neither. */
const numberOpcodes: Specials = {
  '>': { true: opcodes.more, false: opcodes.atMost },
  '<': { true: opcodes.less, false: opcodes.atLeast },
  '>=': { true: opcodes.atLeast, false: opcodes.less },
  '<=': { true: opcodes.atMost, false: opcodes.more },
}

const scalarOpcodes: Specials = {
  '==': { true: opcodes.equal, false: opcodes.unequal },
  '!=': { true: opcodes.unequal, false: opcodes.equal },
}

function specialOpcode(
  operator: OperatorName,
  scalar: Scalar | undefined,
  asked: 'true' | 'false',
): number | undefined {
  if (scalar === undefined) return undefined
  const ofNumber = typeof scalar === 'number' ? numberOpcodes[operator] : undefined
  return (ofNumber ?? scalarOpcodes[operator])?.[asked]
}
