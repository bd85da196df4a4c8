import type { Amount } from './amount.ts'
import { type Aggregate, comparisonsOf, type Subject } from './condition.ts'
import { isPay, type ParsedRule } from './rule.ts'

/** Every fact over history that the rule reads, in conditions and amounts. */
export function aggregatesOf(rule: ParsedRule): readonly Aggregate[] {
  return [
    ...comparisonsOf(rule.condition).flatMap(({ subject }) => ofSubject(subject)),
    ...rule.actions.filter(isPay).flatMap(({ amount }) => ofAmount(amount)),
  ]
}

function ofSubject(subject: Subject): readonly Aggregate[] {
  return subject.kind === 'aggregate' ? [subject.aggregate] : []
}

function ofAmount(amount: Amount): readonly Aggregate[] {
  switch (amount.kind) {
    case 'fixed':
    case 'percent':
    case 'marginal_tiers':
      return []
    case 'whole_tiers':
      return ofSubject(amount.by)
    case 'greatest':
    case 'smallest':
      return amount.amounts.flatMap(ofAmount)
    case 'every_nth':
      return [amount.count, ...ofAmount(amount.amount)]
  }
}
