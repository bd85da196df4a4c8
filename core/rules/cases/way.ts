import {
  type Assumption,
  assume,
  demand,
  type FactDomains,
  noAssumption,
} from '../checks/assumption.ts'
import { type Conjuncts, conjunctsOf, type Demanded } from '../checks/conjuncts.ts'
import type { Comparison, Condition, Group } from '../language/condition.ts'
import { comparisonsOf } from '../language/condition.ts'

/** One way in which a rule can be met: what its comparisons must come to, and the values that leaves. */
export interface Way {
  readonly demands: readonly Demanded<Comparison>[]
  readonly known: Assumption
}

/**
 * A way in which the condition is true, through the comparison where one is given and can be true;
 * undefined where none is found. Of each choice the first member is taken that does not contradict.
 */
export function wayTo(
  condition: Condition,
  facts: FactDomains,
  preferred?: Comparison,
): Way | undefined {
  const start = conjunctsOf(condition, true)
  return follow(start, { demands: [], known: noAssumption }, { facts, preferred })
}

interface Search {
  readonly facts: FactDomains
  readonly preferred: Comparison | undefined
}

function follow({ comparisons, choices }: Conjuncts, way: Way, search: Search): Way | undefined {
  const { facts } = search
  let known: Assumption | undefined = way.known
  for (const { node, outcome } of comparisons)
    known = known && assume(node, outcome, { known, facts })
  if (!known) return undefined
  let found: Way | undefined = { demands: [...way.demands, ...comparisons], known }
  for (const choice of choices) found = found && followChoice(choice, found, search)
  return found
}

function followChoice(
  { node, outcome }: Demanded<Group>,
  way: Way,
  search: Search,
): Way | undefined {
  const { childOutcome } = demand(node.mode, outcome)
  for (const child of preferredFirst(node.nodes, search.preferred)) {
    const found = follow(conjunctsOf(child, childOutcome), way, search)
    if (found) return found
  }
  return undefined
}

function preferredFirst(
  nodes: readonly Condition[],
  preferred: Comparison | undefined,
): readonly Condition[] {
  if (!preferred) return nodes
  const leads = (node: Condition) => comparisonsOf(node).includes(preferred)
  return [...nodes.filter(leads), ...nodes.filter((node) => !leads(node))]
}
