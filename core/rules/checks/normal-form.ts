import { canonicalJson } from '../../canonical-json.ts'
import type { Condition, Group } from '../language/condition.ts'
import type { Action, ParsedRule } from '../language/rule.ts'
import { subjectKey } from './assumption.ts'

/** The same text for rules that are asked about the same events and met by the same of them, as far as order and nesting go. */
export function conditionForm({ on, condition }: ParsedRule): string {
  return canonicalJson({ on: on && [...new Set(on)].sort(), when: formOf(condition) })
}

/** The same text for the same actions, wherever they stand. */
export function actionsForm({ actions }: ParsedRule): string {
  return canonicalJson(actions.map(actionForm).sort())
}

type Form = readonly unknown[]

function formOf(node: Condition): Form {
  if (node.kind === 'comparison') {
    const { subject, operator, expected } = node
    const isList = Array.isArray(expected) && operator !== 'between'
    return [
      subjectKey(subject),
      operator,
      isList ? sorted(expected.map((each) => [each])) : expected,
    ]
  }
  const forms = sorted(membersOf(node))
  const [only] = forms
  // One condition in a group is the condition, unless it is denied.
  return node.mode !== 'none' && forms.length === 1 && only ? only : [node.mode, forms]
}

/** The members of a group, those of groups of the same mode within it among them. */
function membersOf({ mode, nodes }: Group): readonly Form[] {
  return nodes.flatMap((node) => {
    const form = formOf(node)
    const isSame = mode !== 'none' && form[0] === mode && Array.isArray(form[1])
    return isSame ? (form[1] as readonly Form[]) : [form]
  })
}

function sorted(forms: readonly Form[]): readonly Form[] {
  const byText = new Map(forms.map((form) => [canonicalJson(form), form]))
  return [...byText.keys()].sort().flatMap((text) => [byText.get(text) ?? []])
}

/** Without the pointers, which say where it stands and not what it does. */
function actionForm(action: Action): string {
  return canonicalJson(
    JSON.parse(
      JSON.stringify(action, (name, value: unknown) => {
        if (name === 'id' && typeof value === 'string' && value.startsWith('/')) return undefined
        return typeof value === 'bigint' ? String(value) : value
      }),
    ),
  )
}
