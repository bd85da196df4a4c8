import type { Comparison, Condition } from '../language/condition.ts'
import { GrowingNumbers } from './growing-numbers.ts'
import { LeafTests, noSlot, opcodes } from './leaf-tests.ts'
import type { FactReader, Slots } from './slots.ts'

/**
 * The conditions of many rules as one flat list of tests with jumps, so that running them walks
 * through memory from front to back. It answers one question of a condition, whether it can be true;
 * that it is false or unknown comes to the same, as neither pays. A negation asks of its parts whether
 * they are false, so no third value has to be carried. What is compared with history is taken to be
 * whatever it is asked for: nothing that could be true is missed, and history is asked for the few
 * rules that are left.
 *
 * A test is `width` numbers: what to do (`opcodes`), slot of the fact, operand, the next test if it is
 * so, and if not.
 */
export class JumpProgram {
  readonly #tests: LeafTests
  readonly #code = new GrowingNumbers()

  constructor(slots: Slots) {
    this.#tests = new LeafTests(slots)
  }

  /**
   * Appends the tests of a condition and gives the place where they begin. `proved` are the
   * comparisons of it that are known to be true wherever the condition is asked.
   */
  add(condition: Condition, proved: ReadonlySet<Comparison>): number {
    const steps: Step[] = []
    const first = compile(condition, { steps, proved, asked: 'true', ifSo: met, ifNot: notMet })
    // Steps were made from last to first; the code has them from first to last.
    const last = this.#code.length + (steps.length - 1) * width
    const placeOf = (step: number) => (step < 0 ? step : last - step * width)
    for (const { comparison, asked, ifSo, ifNot } of steps.toReversed()) {
      const { opcode, slot, operand } = this.#tests.add(comparison, asked)
      this.#code.push(opcode, slot, operand, placeOf(ifSo), placeOf(ifNot))
    }
    return placeOf(first)
  }

  /** Whether the condition that begins at `entry` can be true of the event that the reader has begun. */
  isPossible(entry: number, reader: FactReader): boolean {
    const code = this.#code.numbers
    const { constants, scalars, scalarKinds } = this.#tests
    const { stamps, stamp, numbers, values, kinds } = reader
    let next = entry
    // Jumps only lead forward, so every test runs at most once.
    while (next >= 0) {
      const slot = code[next + 1] as number
      const operand = code[next + 2] as number
      if (slot !== noSlot && stamps[slot] !== stamp) reader.fill(slot)
      let isSo = false
      switch (code[next]) {
        case opcodes.more:
          isSo = (numbers[slot] as number) > (constants[operand] as number)
          break
        case opcodes.less:
          isSo = (numbers[slot] as number) < (constants[operand] as number)
          break
        case opcodes.atLeast:
          isSo = (numbers[slot] as number) >= (constants[operand] as number)
          break
        case opcodes.atMost:
          isSo = (numbers[slot] as number) <= (constants[operand] as number)
          break
        case opcodes.equal:
          isSo = values[slot] === scalars[operand]
          break
        case opcodes.unequal:
          isSo = kinds[slot] === scalarKinds[operand] && values[slot] !== scalars[operand]
          break
        case opcodes.history:
          isSo = true
          break
        default:
          isSo = this.#tests.isSo(operand, slot, reader)
      }
      next = code[next + (isSo ? 3 : 4)] as number
    }
    return next === met
  }
}

const width = 5
/** The entry of a condition of which nothing is left to be tested. */
export const met = -1
const notMet = -2

/** Which truth of a comparison takes the first jump. */
export type Asked = 'true' | 'false'

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
  readonly proved: ReadonlySet<Comparison>
  readonly asked: Asked
}

/** Compiles a condition from its end to its beginning, so that each test knows where it leads. */
function compile(condition: Condition, compiling: Compiling): number {
  const { steps, proved, asked, ifSo, ifNot } = compiling
  if (condition.kind === 'comparison') {
    if (proved.has(condition)) return ifSo
    return steps.push({ comparison: condition, asked, ifSo, ifNot }) - 1
  }
  // “None is true” asks of each whether it is false; to be false, one of them must be true.
  const isNone = condition.mode === 'none'
  const askedOfParts = isNone ? opposite(asked) : asked
  const needsEach = isNone ? asked === 'true' : (condition.mode === 'all') === (asked === 'true')
  let next = needsEach ? ifSo : ifNot
  for (const node of condition.nodes.toReversed()) {
    const own = needsEach ? { ifSo: next, ifNot } : { ifSo, ifNot: next }
    next = compile(node, { steps, proved, asked: askedOfParts, ...own })
  }
  return next
}

function opposite(asked: Asked): Asked {
  return asked === 'true' ? 'false' : 'true'
}
