import type { Comparison, Condition, Group, GroupMode } from './condition.ts'
import { parsePath, type Scalar } from './facts.ts'
import { type Faults, suggestion } from './fault.ts'
import { conditionsMax, groupDepthMax } from './limits.ts'
import { operandOf } from './operand.ts'
import { isOperatorName, operatorNames, operators } from './operators.ts'

interface ParseContext {
  readonly faults: Faults
  /** The rule says in so many words that it has no conditions. */
  readonly isAlways: boolean
}

const groupModes = ['all', 'any', 'none'] as const
const comparisonMembers = ['field', 'operator', 'value'] as const

/** The conditions of a rule; the faults that were found are in the context. */
export function parseConditions(
  value: unknown,
  { faults, isAlways }: ParseContext,
): readonly Condition[] {
  const isEmpty = value === undefined || (Array.isArray(value) && value.length === 0)
  if (isAlways) {
    if (!isEmpty)
      faults.add(
        '/always',
        'enum',
        'A rule with conditions is not for always: leave one of them out.',
      )
    return []
  }
  if (isEmpty) {
    faults.add(
      '/conditions',
      'required',
      'Give at least one condition. A rule that is to pay for every event says "always": true.',
    )
    return []
  }
  const parser = new ConditionParser(faults)
  return parser.list(value, '/conditions', 1)
}

class ConditionParser {
  readonly #faults: Faults
  #count = 0

  constructor(faults: Faults) {
    this.#faults = faults
  }

  list(value: unknown, pointer: string, depth: number): readonly Condition[] {
    if (!Array.isArray(value) || value.length === 0) {
      this.#faults.add(pointer, 'type', 'Give a list of at least one condition.')
      return []
    }
    if (depth > groupDepthMax) {
      this.#faults.add(pointer, 'limit', `Groups are nested at most ${groupDepthMax} deep.`)
      return []
    }
    return value.flatMap(
      (item: unknown, index) => this.#condition(item, `${pointer}/${index}`, depth) ?? [],
    )
  }

  #condition(value: unknown, pointer: string, depth: number): Condition | undefined {
    this.#count += 1
    if (this.#count > conditionsMax) {
      // Said once: the condition that is too many.
      if (this.#count === conditionsMax + 1) {
        this.#faults.add(
          pointer,
          'limit',
          `A rule has at most ${conditionsMax} conditions and groups.`,
        )
      }
      return undefined
    }
    const mode = groupModeOf(value)
    return mode
      ? this.#group(value as Readonly<Record<string, unknown>>, { mode, pointer, depth })
      : this.#comparison(value, pointer)
  }

  #group(
    value: Readonly<Record<string, unknown>>,
    { mode, pointer, depth }: { mode: GroupMode; pointer: string; depth: number },
  ): Group {
    this.#faults.checkObject(value, pointer, [mode])
    const nodes = this.list(value[mode], `${pointer}/${mode}`, depth + 1)
    return { kind: 'group', id: pointer, mode, nodes }
  }

  #comparison(value: unknown, pointer: string): Comparison | undefined {
    const faults = this.#faults
    if (!faults.checkObject(value, pointer, comparisonMembers)) return undefined
    const {
      field,
      operator,
      value: expected,
    } = value as { field: unknown; operator: unknown; value: unknown }
    const path =
      typeof field === 'string'
        ? parsePath(field)
        : 'Give the path of a fact, such as "purchase.amount_cents".'
    if (typeof path === 'string')
      faults.add(`${pointer}/field`, field === undefined ? 'required' : 'path', path)
    if (!isOperatorName(operator)) {
      const hint = typeof operator === 'string' ? suggestion(operator, operatorNames) : ''
      const code = operator === undefined ? 'required' : 'enum'
      faults.add(`${pointer}/operator`, code, `Give one of ${operatorNames.join(' ')}.${hint}`)
      return undefined
    }
    const refusal = operators[operator].refuse(expected)
    if (refusal !== undefined)
      faults.add(`${pointer}/value`, expected === undefined ? 'required' : 'type', refusal)
    if (typeof path === 'string' || refusal !== undefined) return undefined
    // The operator has just refused everything else.
    const accepted = expected as Scalar | readonly Scalar[]
    const operand = operandOf(accepted)
    return {
      kind: 'comparison',
      id: pointer,
      subject: { kind: 'fact', path },
      operator,
      expected: accepted,
      operand,
      reference: null,
    }
  }
}

function groupModeOf(value: unknown): GroupMode | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return groupModes.find((mode) => Object.hasOwn(value, mode))
}
