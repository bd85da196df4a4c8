import type { Amount, EveryNthAmount, ExtremeAmount, PercentAmount } from './amount.ts'
import { amountDepthMax, comparedAmountsMax, comparedAmountsMin, nthMax, nthMin } from './limits.ts'
import {
  everyNthMembers,
  fixedAmountMembers,
  greaterOfMembers,
  percentAmountMembers,
  smallerOfMembers,
} from './members.ts'
import { parseAggregate } from './parse-aggregate.ts'
import { isRoomFor, type ParseContext } from './parse-context.ts'
import { readBounds, readFixed, readPercent } from './parse-percent.ts'
import { parseTiers } from './parse-tiers.ts'
import { type Part, readList, readMembers, readWhole } from './part.ts'

type ParseForm = (part: Part, context: ParseContext, depth: number) => Amount | undefined

/** Each form of an amount, known by the member that no other form has. */
const forms: Readonly<Record<(typeof formNames)[number], ParseForm>> = {
  amount_cents(part, { faults }) {
    const parts = readMembers(part, fixedAmountMembers, faults)
    return parts && readFixed(parts.amount_cents, faults)
  },
  percent: parsePercent,
  tiers: parseTiers,
  greater_of(part, context, depth) {
    const parts = readMembers(part, greaterOfMembers, context.faults)
    return parts && parseExtreme('greatest', parts.greater_of, { context, depth })
  },
  smaller_of(part, context, depth) {
    const parts = readMembers(part, smallerOfMembers, context.faults)
    return parts && parseExtreme('smallest', parts.smaller_of, { context, depth })
  },
  every: parseEveryNth,
}

const formNames = ['amount_cents', 'percent', 'tiers', 'greater_of', 'smaller_of', 'every'] as const

/** Reads an amount; the faults that were found are in the context. `depth` is 1 for that of an action. */
export function parseAmount(part: Part, context: ParseContext, depth = 1): Amount | undefined {
  const { value, pointer } = part
  const { faults } = context
  if (!isRoomFor('amounts', pointer, context)) return undefined
  if (depth > amountDepthMax) {
    faults.add(pointer, 'limit', `Amounts are nested at most ${amountDepthMax} deep.`)
    return undefined
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const [form, second] = isObject ? formNames.filter((name) => Object.hasOwn(value, name)) : []
  if (form === undefined) {
    const code = isObject || value === undefined ? 'required' : 'type'
    faults.add(pointer, code, `Give an object with one of ${formNames.join(', ')}.`)
    return undefined
  }
  if (second !== undefined) {
    const detail = `An amount has one form: give ${form} or ${second}.`
    faults.add(`${pointer}/${second}`, 'conflict', detail)
    return undefined
  }
  return forms[form](part, context, depth)
}

function parsePercent(part: Part, { faults }: ParseContext): PercentAmount | undefined {
  const parts = readMembers(part, percentAmountMembers, faults)
  return parts && { ...readPercent(parts, faults), ...readBounds(parts, faults) }
}

function parseExtreme(
  kind: ExtremeAmount['kind'],
  part: Part,
  { context, depth }: { readonly context: ParseContext; readonly depth: number },
): ExtremeAmount {
  const bounds = { itemsMin: comparedAmountsMin, itemsMax: comparedAmountsMax, what: 'amounts' }
  const items = readList(part, bounds, context.faults)
  return { kind, amounts: items.flatMap((item) => parseAmount(item, context, depth + 1) ?? []) }
}

function parseEveryNth(
  part: Part,
  context: ParseContext,
  depth: number,
): EveryNthAmount | undefined {
  const parts = readMembers(part, everyNthMembers, context.faults)
  if (!parts) return undefined
  const nth = readWhole(parts.every, { min: nthMin, max: nthMax }, context.faults)
  const count = parseAggregate(parts.count, 'count', context)
  const amount = parseAmount(parts.amount, context, depth + 1)
  return count && amount && { kind: 'every_nth', nth, count, amount }
}
