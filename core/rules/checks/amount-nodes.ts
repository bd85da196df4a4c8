import type { Amount } from '../language/amount.ts'
import type { FactPath } from '../language/facts.ts'
import type { PayAction } from '../language/rule.ts'

/** An amount within an action, and its JSON pointer. */
export interface AmountNode<Kind extends Amount = Amount> {
  readonly amount: Kind
  readonly pointer: string
}

/** The amount of an action and all that it is made of, in the order in which they are written. */
export function amountNodes({ id, amount }: PayAction): readonly AmountNode[] {
  return nodesOf({ amount, pointer: `${id}/amount` })
}

function nodesOf(node: AmountNode): readonly AmountNode[] {
  return [node, ...partsOf(node).flatMap(nodesOf)]
}

function partsOf({ amount, pointer }: AmountNode): readonly AmountNode[] {
  switch (amount.kind) {
    case 'fixed':
    case 'percent':
    case 'marginal_tiers':
      return []
    case 'whole_tiers':
      return amount.tiers.map((tier, index) => ({
        amount: tier.amount,
        pointer: `${pointer}/tiers/${index}`,
      }))
    case 'greatest':
    case 'smallest': {
      const list = amount.kind === 'greatest' ? 'greater_of' : 'smaller_of'
      return amount.amounts.map((each, index) => ({
        amount: each,
        pointer: `${pointer}/${list}/${index}`,
      }))
    }
    case 'every_nth':
      return [{ amount: amount.amount, pointer: `${pointer}/amount` }]
  }
}

/** The least that is paid where anything is, in minor units; 0 where it is not known. */
export function leastCents(amount: Amount): bigint {
  switch (amount.kind) {
    case 'fixed':
      return amount.cents
    case 'percent':
    case 'marginal_tiers':
      return amount.minCents ?? 0n
    case 'whole_tiers': {
      const tiers = least(amount.tiers.map((tier) => leastCents(tier.amount)))
      const atLeast = amount.minCents !== null && amount.minCents > tiers ? amount.minCents : tiers
      return amount.maxCents !== null && amount.maxCents < atLeast ? amount.maxCents : atLeast
    }
    case 'greatest':
      return amount.amounts.map(leastCents).reduce(larger, 0n)
    case 'smallest':
      return least(amount.amounts.map(leastCents))
    case 'every_nth':
      return leastCents(amount.amount)
  }
}

function least(cents: readonly bigint[]): bigint {
  return cents.reduce((a, b) => (a < b ? a : b))
}

/** The most that can be due; null where there is no bound but that of numbers. */
export function mostCents(amount: Amount): bigint | null {
  switch (amount.kind) {
    case 'fixed':
      return amount.cents
    case 'percent':
    case 'marginal_tiers':
      return amount.maxCents
    case 'whole_tiers':
      return amount.maxCents ?? greatest(amount.tiers.map((tier) => mostCents(tier.amount)))
    case 'greatest':
      return greatest(amount.amounts.map(mostCents))
    case 'smallest': {
      const known = amount.amounts.flatMap((each) => mostCents(each) ?? [])
      return known.length === 0 ? null : least(known)
    }
    case 'every_nth':
      return mostCents(amount.amount)
  }
}

function greatest(cents: readonly (bigint | null)[]): bigint | null {
  return cents.reduce((a, b) => (a === null || b === null ? null : larger(a, b)), 0n)
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/** The fact of the event that an amount is measured by, and the member that names it. */
export function measure(
  amount: Amount,
): { readonly path: FactPath; readonly member: 'of' | 'by' } | undefined {
  if (amount.kind === 'percent') return { path: amount.of, member: 'of' }
  if (amount.kind === 'marginal_tiers') return { path: amount.by, member: 'by' }
  return amount.kind === 'whole_tiers' && amount.by.kind === 'fact'
    ? { path: amount.by.path, member: 'by' }
    : undefined
}
