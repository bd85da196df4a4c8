import type {
  Comparison,
  Condition,
  FieldReference,
  Group,
  GroupMode,
  Subject,
} from './condition.ts'
import type { FactPath, Scalar } from './facts.ts'
import { suggestion } from './fault.ts'
import { groupDepthMax } from './limits.ts'
import { comparisonMembers, groupModes, referenceMembers } from './members.ts'
import { noOperand, type Operand } from './operand.ts'
import { isRefusal, operandForms } from './operand-forms.ts'
import { isOperatorName, type OperatorName, operatorNames, operators } from './operators.ts'
import { isRoomFor, type ParseContext, readPath } from './parse-context.ts'
import { itemsOf, type Members, type Part, readMembers } from './part.ts'

export type ComparisonParts = Members<(typeof comparisonMembers)[number]>

/** Which facts the conditions of a list can speak of. */
export interface Subjects {
  readonly read: (parts: ComparisonParts, context: ParseContext) => Subject
  /** The fact that another is compared with. */
  readonly readReference: (part: Part, context: ParseContext) => FactPath
}

interface Place {
  readonly subjects: Subjects
  /** 1 for the conditions of the rule itself. */
  readonly depth: number
}

/** Reads a list of at least one condition; the faults that were found are in the context. */
export function parseConditions(
  { value, pointer }: Part,
  place: Place,
  context: ParseContext,
): readonly Condition[] {
  const { faults } = context
  if (!Array.isArray(value) || value.length === 0) {
    faults.add(pointer, 'type', 'Give a list of at least one condition.')
    return []
  }
  if (place.depth > groupDepthMax) {
    faults.add(pointer, 'limit', `Groups are nested at most ${groupDepthMax} deep.`)
    return []
  }
  return itemsOf(value, pointer).flatMap((item) => parseCondition(item, place, context) ?? [])
}

function parseCondition(part: Part, place: Place, context: ParseContext): Condition | undefined {
  if (!isRoomFor('conditions', part.pointer, context)) return undefined
  const mode = groupModeOf(part.value)
  return mode
    ? parseGroup(part, mode, place, context)
    : parseComparison(part, place.subjects, context)
}

function groupModeOf(value: unknown): GroupMode | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return groupModes.find((mode) => Object.hasOwn(value, mode))
}

function parseGroup(
  part: Part,
  mode: GroupMode,
  { subjects, depth }: Place,
  context: ParseContext,
): Group | undefined {
  const members = readMembers(part, [mode], context.faults)
  if (!members) return undefined
  const nodes = parseConditions(members[mode], { subjects, depth: depth + 1 }, context)
  return { kind: 'group', id: part.pointer, mode, nodes }
}

function parseComparison(
  part: Part,
  subjects: Subjects,
  context: ParseContext,
): Comparison | undefined {
  const parts = readMembers(part, comparisonMembers, context.faults)
  if (!parts) return undefined
  const subject = subjects.read(parts, context)
  const operator = readOperator(parts.operator, context)
  if (operator === undefined) return undefined
  const right = isReference(parts.value)
    ? readReferred(operator, parts.value, { subjects, context })
    : readValue(operator, parts.value, context)
  return { kind: 'comparison', id: part.pointer, subject, operator, ...right }
}

function readOperator(
  { value, pointer }: Part,
  { faults }: ParseContext,
): OperatorName | undefined {
  if (isOperatorName(value)) return value
  const hint = typeof value === 'string' ? suggestion(value, operatorNames) : ''
  const code = value === undefined ? 'required' : 'enum'
  faults.add(pointer, code, `Give one of ${operatorNames.join(' ')}.${hint}`)
  return undefined
}

/** What stands on the right of the operator. */
interface Right {
  readonly expected: Scalar | readonly Scalar[] | FieldReference | null
  readonly operand: Operand
  readonly reference: FactPath | null
}

const noRight: Right = { expected: null, operand: noOperand, reference: null }

function readValue(operator: OperatorName, part: Part, context: ParseContext): Right {
  const { value, pointer } = part
  const { takes } = operators[operator]
  if (takes === 'pattern' && !isRoomFor('patterns', pointer, context)) return noRight
  const prepared = operandForms[takes].prepare(value)
  if (isRefusal(prepared)) {
    const code = value === undefined ? 'required' : prepared.refusal
    context.faults.add(pointer, code, prepared.detail)
    return noRight
  }
  // What a form has taken is one of these; nothing is taken as undefined.
  const expected = (value ?? null) as Right['expected']
  return { expected, operand: prepared, reference: null }
}

function isReference({ value }: Part): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readReferred(
  operator: OperatorName,
  part: Part,
  { subjects, context }: { readonly subjects: Subjects; readonly context: ParseContext },
): Right {
  const form = operandForms[operators[operator].takes]
  if (!form.isReferable) {
    // It refuses an object with the sentence that says what to give.
    return readValue(operator, part, context)
  }
  const members = readMembers(part, referenceMembers, context.faults)
  if (!members) return noRight
  const reference = subjects.readReference(members.field, context)
  return { expected: { field: reference.text }, operand: noOperand, reference }
}

/** Facts of the event alone. */
export function readFactSubject(part: Part, { faults }: ParseContext): Subject {
  return { kind: 'fact', path: readPath(part, 'purchase.amount_cents', faults) }
}
