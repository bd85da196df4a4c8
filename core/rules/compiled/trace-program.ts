import { type Comparison, type Condition, comparisonsOf } from '../language/condition.ts'
import type { Truth } from '../language/truth.ts'
import { GrowingNumbers } from './growing-numbers.ts'
import { LeafTests, noSlot, opcodes } from './leaf-tests.ts'
import type { FactReader, Slots } from './slots.ts'

/** The outcomes of comparisons by their numbers in a trace. */
export const tracedTruths: readonly Truth[] = ['false', 'true', 'unknown']

const isFalse = 0
const isTrue = 1
const isUnknown = 2

/**
 * Every comparison of many rules as one flat list of tests, run one after the other without jumps: what
 * each of them found is noted as one number. What is compared with history is not asked here, and noted
 * as unknown.
 */
export class TraceProgram {
  readonly #tests: LeafTests
  readonly #code = new GrowingNumbers()

  constructor(slots: Slots) {
    this.#tests = new LeafTests(slots)
  }

  /**
   * Appends the comparisons of a condition and gives the place where they begin. `proved` are those of
   * them that are known to be true wherever the condition is asked.
   */
  add(condition: Condition, proved: ReadonlySet<Comparison>): number {
    const entry = this.#code.length
    for (const comparison of comparisonsOf(condition)) {
      if (proved.has(comparison)) {
        this.#code.push(opcodes.sure, noSlot, 0)
        continue
      }
      const { opcode, slot, operand } = this.#tests.add(comparison, 'true')
      this.#code.push(opcode, slot, operand)
    }
    this.#code.push(end, 0, 0)
    return entry
  }

  /** Notes the outcome of each comparison from `entry` on, up to the last of its condition. */
  run(entry: number, reader: FactReader, outcomes: Outcomes): void {
    const code = this.#code.numbers
    for (let next = entry; code[next] !== end; next += width) {
      const slot = code[next + 1] as number
      if (slot !== noSlot && reader.stamps[slot] !== reader.stamp) reader.fill(slot)
      outcomes.push(this.#truth(code[next] as number, slot, code[next + 2] as number, reader))
    }
  }

  #truth(opcode: number, slot: number, operand: number, reader: FactReader): number {
    const { constants, scalars, scalarKinds } = this.#tests
    switch (opcode) {
      case opcodes.equal:
      case opcodes.unequal: {
        if (reader.kinds[slot] !== scalarKinds[operand]) return isUnknown
        const isEqual = reader.values[slot] === scalars[operand]
        return isEqual === (opcode === opcodes.equal) ? isTrue : isFalse
      }
      case opcodes.sure:
        return isTrue
      case opcodes.history:
        return isUnknown
      case opcodes.any:
        return tracedTruths.indexOf(this.#tests.truthOf(operand, slot, reader))
      default:
        return ordered(opcode, reader.numbers[slot] as number, constants[operand] as number)
    }
  }
}

const width = 3
const end = -1

/** What is not a number has no place in an order. */
function ordered(opcode: number, value: number, constant: number): number {
  if (Number.isNaN(value)) return isUnknown
  switch (opcode) {
    case opcodes.more:
      return value > constant ? isTrue : isFalse
    case opcodes.less:
      return value < constant ? isTrue : isFalse
    case opcodes.atLeast:
      return value >= constant ? isTrue : isFalse
    default:
      return value <= constant ? isTrue : isFalse
  }
}

const sizeMin = 1_024

/** Outcomes in one piece of memory, appended to. */
export class Outcomes {
  numbers = new Uint8Array(sizeMin)
  length = 0

  push(outcome: number): void {
    if (this.length === this.numbers.length) {
      const grown = new Uint8Array(this.numbers.length * 2)
      grown.set(this.numbers)
      this.numbers = grown
    }
    this.numbers[this.length] = outcome
    this.length += 1
  }
}
