import type { Comparison, Condition } from '../language/condition.ts'
import type { Scalar } from '../language/facts.ts'
import type { Operand } from '../language/operand.ts'
import { operatorNames, operators, type Test } from '../language/operators.ts'
import type { FactReader, Slots } from './slots.ts'

/**
 * The conditions of many rules as one flat list of tests with jumps, so that running them walks
 * through memory from front to back. It answers one question of a condition, whether it is true; that
 * it is false or unknown comes to the same, as neither pays. A negation asks of its parts whether they
 * are false, so no third value has to be carried.
 */
export interface JumpProgram {
  /**
   * Tests of `width` numbers each: the operator's number doubled, odd where it is asked whether the
   * comparison is false; slot of the fact; operand; the next test if it is so, and if not.
   */
  readonly code: Int32Array
  readonly operands: readonly Operand[]
  /** Where each condition begins, in the order in which they were given. */
  readonly entries: Int32Array
}

const width = 5
const met = -1
const notMet = -2

/** Which truth of a comparison takes the first jump. */
type Asked = 'true' | 'false'

const tests: readonly Test[] = operatorNames.map((name) => operators[name].test)

export function compileConditions(conditions: readonly Condition[], slots: Slots): JumpProgram {
  const compiler = new Compiler(slots)
  const entries = Int32Array.from(conditions, (condition) => compiler.add(condition))
  return { code: Int32Array.from(compiler.code), operands: compiler.operands, entries }
}

/** Whether the condition is true of the event that the reader has begun. */
export function isMet(
  { code, operands, entries }: JumpProgram,
  condition: number,
  reader: FactReader,
): boolean {
  let next = entries[condition] ?? notMet
  // Jumps only lead forward, so every test runs at most once.
  while (next >= 0) {
    const operatorAsked = code[next] ?? 0
    const test = tests[operatorAsked >> 1]
    const operand = operands[code[next + 2] ?? 0]
    // Never so: the compiler numbers what it knows. It keeps this function total.
    if (test === undefined || operand === undefined) return false
    const asked: Asked = (operatorAsked & 1) === 0 ? 'true' : 'false'
    const isSo = test(reader.read(code[next + 1] ?? 0), operand, Number.NaN) === asked
    next = code[next + (isSo ? 3 : 4)] ?? notMet
  }
  return next === met
}

interface Targets {
  readonly ifSo: number
  readonly ifNot: number
}

interface Step extends Targets {
  readonly comparison: Comparison
  readonly asked: Asked
}

/** Compiles each condition from its end to its beginning, so that each test knows where it leads. */
class Compiler {
  readonly code: number[] = []
  readonly operands: Operand[] = []
  readonly #slots: Slots
  readonly #scalars = new Map<Scalar, number>()
  #steps: Step[] = []

  constructor(slots: Slots) {
    this.#slots = slots
  }

  /** Appends the tests of a condition and gives the place where they begin. */
  add(condition: Condition): number {
    this.#steps = []
    const first = this.#compile(condition, 'true', { ifSo: met, ifNot: notMet })
    // Steps were made from last to first; the code has them from first to last.
    const last = this.code.length + (this.#steps.length - 1) * width
    const placeOf = (step: number) => (step < 0 ? step : last - step * width)
    for (const step of this.#steps.reverse()) this.#emit(step, placeOf)
    return placeOf(first)
  }

  #compile(condition: Condition, asked: Asked, targets: Targets): number {
    if (condition.kind === 'comparison')
      return this.#steps.push({ comparison: condition, asked, ...targets }) - 1
    // “None is true” asks of each whether it is false; to be false, one of them must be true.
    const isNone = condition.mode === 'none'
    const askedOfParts = isNone ? opposite(asked) : asked
    const needsEach = isNone ? asked === 'true' : (condition.mode === 'all') === (asked === 'true')
    let next = needsEach ? targets.ifSo : targets.ifNot
    for (const node of condition.nodes.toReversed()) {
      const { ifSo, ifNot } = targets
      next = this.#compile(
        node,
        askedOfParts,
        needsEach ? { ifSo: next, ifNot } : { ifSo, ifNot: next },
      )
    }
    return next
  }

  /** Scalars that many rules compare with are kept once, so that they stay in the processor's cache. */
  #operandNumber(operand: Operand): number {
    const { scalar } = operand
    const known = scalar === undefined ? undefined : this.#scalars.get(scalar)
    if (known !== undefined) return known
    const number = this.operands.push(operand) - 1
    if (scalar !== undefined) this.#scalars.set(scalar, number)
    return number
  }

  #emit({ comparison, asked, ifSo, ifNot }: Step, placeOf: (step: number) => number): void {
    const operator = operatorNames.indexOf(comparison.operator)
    const operatorAsked = operator * 2 + (asked === 'true' ? 0 : 1)
    const operand = this.#operandNumber(comparison.operand)
    const { subject } = comparison
    const slot = subject.kind === 'fact' ? this.#slots.slotOf(subject.path) : 0
    this.code.push(operatorAsked, slot, operand, placeOf(ifSo), placeOf(ifNot))
  }
}

function opposite(asked: Asked): Asked {
  return asked === 'true' ? 'false' : 'true'
}
