import type { Scalar } from './facts.ts'
import { type OperatorName, testFact } from './operators.ts'
import type { Condition, Group } from './rule.ts'
import type { FactReader, Slots } from './slots.ts'
import type { Truth } from './truth.ts'

/**
 * A condition as a flat list of tests with jumps. It answers one question, whether the condition is
 * true; that it is false or unknown comes to the same, as neither pays. A negation asks of its parts
 * whether they are false, so no third value has to be carried.
 */
export interface JumpProgram {
  readonly tests: readonly Test[]
}

interface Test {
  readonly slot: number
  readonly operator: OperatorName
  readonly expected: Scalar | readonly Scalar[]
  /** Which truth of the comparison takes the first jump. */
  readonly asked: Exclude<Truth, 'unknown'>
  /** The next test where the comparison has that truth, and where it has not; the ends are negative. */
  readonly ifSo: number
  readonly ifNot: number
}

const endMet = -1
const endNotMet = -2

export function compileCondition(condition: Group, slots: Slots): JumpProgram {
  const compiler = new Compiler(slots)
  const first = compiler.compile(condition, 'true', { ifSo: endMet, ifNot: endNotMet })
  return { tests: compiler.inOrder(first) }
}

/** Whether the condition is true of the event that the reader has begun. */
export function isMet({ tests }: JumpProgram, reader: FactReader): boolean {
  let next = tests.length === 0 ? endMet : 0
  // Jumps only lead forward, so every test runs at most once.
  for (let test = tests[next]; test !== undefined; test = tests[next]) {
    const truth = testFact(test.operator, reader.read(test.slot), test.expected)
    next = truth === test.asked ? test.ifSo : test.ifNot
  }
  return next === endMet
}

interface Targets {
  readonly ifSo: number
  readonly ifNot: number
}

/** Compiles from the end to the beginning, so that each test knows where it leads. */
class Compiler {
  readonly #slots: Slots
  readonly #tests: Test[] = []

  constructor(slots: Slots) {
    this.#slots = slots
  }

  /** Gives the place where the test of the condition begins; places count from the end. */
  compile(condition: Condition, asked: Test['asked'], targets: Targets): number {
    if (condition.kind === 'comparison') {
      const { path, operator, expected } = condition
      return (
        this.#tests.push({
          slot: this.#slots.slotOf(path),
          operator,
          expected,
          asked,
          ...targets,
        }) - 1
      )
    }
    // “None is true” asks of each whether it is false; to be false, one of them must be true.
    const isNone = condition.mode === 'none'
    const askedOfParts = isNone ? opposite(asked) : asked
    const needsEach = isNone ? asked === 'true' : (condition.mode === 'all') === (asked === 'true')
    let next = needsEach ? targets.ifSo : targets.ifNot
    for (const node of [...condition.nodes].reverse()) {
      next = this.compile(
        node,
        askedOfParts,
        needsEach ? { ...targets, ifSo: next } : { ...targets, ifNot: next },
      )
    }
    return next
  }

  /** The tests from first to last, with jumps that count from the beginning. */
  inOrder(first: number): readonly Test[] {
    if (first < 0) return []
    const last = this.#tests.length - 1
    const forward = (place: number) => (place < 0 ? place : last - place)
    return [...this.#tests]
      .reverse()
      .map((test) => ({ ...test, ifSo: forward(test.ifSo), ifNot: forward(test.ifNot) }))
  }
}

function opposite(asked: Test['asked']): Test['asked'] {
  return asked === 'true' ? 'false' : 'true'
}
