import type { Faults } from './fault.ts'
import { actionsMax, factorMax, groupNameCharactersMax, reasonCharactersMax } from './limits.ts'
import { denyMembers, multiplyMembers } from './members.ts'
import type { ParseContext } from './parse-context.ts'
import { parsePay } from './parse-pay.ts'
import { readCents } from './parse-percent.ts'
import {
  isGiven,
  type Part,
  readChoice,
  readChoiceOr,
  readHundredths,
  readList,
  readMembers,
  readText,
} from './part.ts'
import { type Action, actionKinds, type DenyAction, type MultiplyAction } from './rule.ts'

export const unknownPolicies = ['allow', 'deny'] as const

/** What a rule is by what it does: it pays, or stops others from paying, or changes what they pay. */
type RuleKind = 'pay' | 'deny' | 'multiply'

const kindsOfRules: Readonly<Record<Action['kind'], RuleKind>> = {
  credit: 'pay',
  debit: 'pay',
  deny: 'deny',
  multiply: 'multiply',
}

const parsers: Readonly<
  Record<RuleKind, (part: Part, context: ParseContext) => Action | undefined>
> = { pay: parsePay, deny: parseDeny, multiply: parseMultiply }

/** Reads what a rule does when it is met; the faults that were found are in the context. */
export function parseActions(part: Part, context: ParseContext): readonly Action[] {
  const { faults } = context
  const items = readList(part, { itemsMax: actionsMax, what: 'actions' }, faults)
  // The rule is what its first action makes of it.
  const kind = items.map(kindOf).find((each) => each !== undefined)
  return items.flatMap((item) => {
    const own = kindOf(item)
    if (own === undefined) return parseUnknown(item, kind ?? 'pay', context)
    if (own !== kind) {
      const detail = 'A rule pays, or denies, or multiplies: give this action a rule of its own.'
      faults.add(`${item.pointer}/type`, 'conflict', detail)
    }
    return parsers[own](item, context) ?? []
  })
}

function kindOf({ value }: Part): RuleKind | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'type')) return undefined
  const { type } = value as { readonly type?: unknown }
  const known = actionKinds.find((candidate) => candidate === type)
  return known && kindsOfRules[known]
}

/** Says that the action is of no known type, and what else is wrong with it as one of its rule. */
function parseUnknown(part: Part, kind: RuleKind, context: ParseContext): readonly Action[] {
  parsers[kind](part, context)
  return []
}

/** A guard. */
function parseDeny(part: Part, { faults }: ParseContext): DenyAction | undefined {
  const parts = readMembers(part, denyMembers, faults)
  if (!parts) return undefined
  readChoice(parts.type, actionKinds, faults)
  return {
    kind: 'deny',
    id: part.pointer,
    reason: readText(parts.reason, reasonCharactersMax, faults),
    group: readGroup(parts.group, faults),
    deniesUnknown: readChoiceOr(parts.on_unknown, unknownPolicies, 'allow', faults) === 'deny',
  }
}

/** A modifier. */
function parseMultiply(part: Part, { faults }: ParseContext): MultiplyAction | undefined {
  const parts = readMembers(part, multiplyMembers, faults)
  if (!parts) return undefined
  readChoice(parts.type, actionKinds, faults)
  return {
    kind: 'multiply',
    id: part.pointer,
    factorHundredths: BigInt(readHundredths(parts.factor, factorMax, faults)),
    group: readGroup(parts.group, faults),
    maxCents: isGiven(parts.max_cents) ? readCents(parts.max_cents, faults) : null,
  }
}

/** The stacking group whose rules are meant; null for all. */
function readGroup(part: Part, faults: Faults): string | null {
  return isGiven(part) ? readText(part, groupNameCharactersMax, faults) : null
}
