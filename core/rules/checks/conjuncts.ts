import type { Comparison, Condition, Group } from '../language/condition.ts'
import { demand } from './assumption.ts'

/** A comparison and what it must come to. */
export interface Demanded<Node extends Condition> {
  readonly node: Node
  readonly outcome: boolean
}

/** What must all be so for a condition to have its outcome. */
export interface Conjuncts {
  readonly comparisons: readonly Demanded<Comparison>[]
  /** Groups of which one member has to have its outcome. */
  readonly choices: readonly Demanded<Group>[]
}

/** Takes a condition apart into what must all be so, through groups in groups. */
export function conjunctsOf(node: Condition, outcome: boolean): Conjuncts {
  const comparisons: Demanded<Comparison>[] = []
  const choices: Demanded<Group>[] = []
  const visit = (each: Condition, wanted: boolean): void => {
    if (each.kind === 'comparison') comparisons.push({ node: each, outcome: wanted })
    else {
      const { isConjunction, childOutcome } = demand(each.mode, wanted)
      if (!isConjunction) choices.push({ node: each, outcome: wanted })
      else for (const child of each.nodes) visit(child, childOutcome)
    }
  }
  visit(node, outcome)
  return { comparisons, choices }
}
