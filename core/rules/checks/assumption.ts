import { canonicalJson } from '../../canonical-json.ts'
import type { Comparison, Condition, Group, GroupMode, Subject } from '../language/condition.ts'
import { all, any, none, type Truth, truthOf } from '../language/truth.ts'
import { comparisonDomain, positive } from './comparison-domain.ts'
import { commonDomain, type Domain, eitherDomain, isVoid, isWithin } from './domain.ts'

/** What is known of an event: the values that its facts can still have. */
export interface Assumption {
  /** By the keys of subjects; of all others nothing is known but what they are. */
  readonly domains: ReadonlyMap<string, Domain>
  /** What comparisons say of which the values are not known, by their keys. */
  readonly atoms: ReadonlyMap<string, boolean>
}

/** What facts can be before anything is assumed, such as one of the values that a schema lists. */
export type FactDomains = (subject: Subject) => Domain

export const noAssumption: Assumption = { domains: new Map(), atoms: new Map() }

/** The same for the same fact, also of history. */
export function subjectKey(subject: Subject): string {
  if (subject.kind === 'fact') return `fact ${subject.path.text}`
  const { metric, window, includesCurrent } = subject.aggregate
  return `history ${canonicalJson({ metric: metric.id, window, includesCurrent })}`
}

/**
 * What is known where the condition is also true, or false; undefined where it cannot be. It can be
 * less than everything that follows, never more: what it finds impossible is impossible.
 */
export function assume(
  condition: Condition,
  outcome: boolean,
  context: { readonly known: Assumption; readonly facts: FactDomains },
): Assumption | undefined {
  if (condition.kind === 'comparison') return assumeComparison(condition, outcome, context)
  const { isConjunction, childOutcome } = demand(condition.mode, outcome)
  const { facts } = context
  if (isConjunction) {
    let known: Assumption | undefined = context.known
    for (const node of comparisonsFirst(condition)) {
      known = known && assume(node, childOutcome, { known, facts })
    }
    return known
  }
  const ways = condition.nodes.flatMap((node) => assume(node, childOutcome, context) ?? [])
  return ways.length === 0 ? undefined : ways.reduce((first, second) => either(first, second))
}

interface Demand {
  /** Whether every member has to have the outcome, or one of them. */
  readonly isConjunction: boolean
  readonly childOutcome: boolean
}

/** What a group with this outcome demands of its members. */
export function demand(mode: GroupMode, outcome: boolean): Demand {
  return {
    isConjunction: mode === 'any' ? !outcome : outcome,
    childOutcome: mode === 'none' ? !outcome : outcome,
  }
}

/** What is said of single facts narrows down what groups can mean. */
function comparisonsFirst({ nodes }: Group): readonly Condition[] {
  const isComparison = ({ kind }: Condition) => kind === 'comparison'
  return [...nodes.filter(isComparison), ...nodes.filter((node) => !isComparison(node))]
}

function assumeComparison(
  comparison: Comparison,
  outcome: boolean,
  { known, facts }: { readonly known: Assumption; readonly facts: FactDomains },
): Assumption | undefined {
  const key = subjectKey(comparison.subject)
  const { whenTrue, whenFalse, isExact } = comparisonDomain(comparison)
  const before = known.domains.get(key) ?? facts(comparison.subject)
  const domain = commonDomain(before, outcome ? whenTrue : whenFalse)
  if (isVoid(domain)) return undefined
  const domains = new Map(known.domains).set(key, domain)
  if (isExact) return { ...known, domains }
  const atom = atomOf(comparison, outcome)
  const said = known.atoms.get(atom.key)
  if (said !== undefined && said !== atom.holds) return undefined
  return { domains, atoms: new Map(known.atoms).set(atom.key, atom.holds) }
}

export interface Atom {
  readonly key: string
  readonly holds: boolean
}

/** Lists can be long. */
const rememberedKeys = new WeakMap<Comparison, string>()

/** A comparison as a whole, its negation undone. */
export function atomOf(comparison: Comparison, outcome: boolean): Atom {
  const { operator, isNegated } = positive(comparison.operator)
  const { subject, expected } = comparison
  const key =
    rememberedKeys.get(comparison) ?? canonicalJson([subjectKey(subject), operator, expected])
  rememberedKeys.set(comparison, key)
  return { key, holds: isNegated ? !outcome : outcome }
}

/** What is known where one of two is so, and not which. */
function either(first: Assumption, second: Assumption): Assumption {
  const domains = new Map<string, Domain>()
  for (const [key, domain] of first.domains) {
    const other = second.domains.get(key)
    if (other) domains.set(key, other === domain ? domain : eitherDomain(domain, other))
  }
  const atoms = [...first.atoms].filter(([key, holds]) => second.atoms.get(key) === holds)
  return { domains, atoms: new Map(atoms) }
}

/** What is known of a condition under an assumption; unknown where both can be. */
export function truthUnder(
  condition: Condition,
  context: { readonly known: Assumption; readonly facts: FactDomains },
): Truth {
  if (condition.kind === 'group')
    return combine[condition.mode](condition.nodes.map((node) => truthUnder(node, context)))
  const { known, facts } = context
  const { whenTrue, whenFalse, isExact } = comparisonDomain(condition)
  const domain = known.domains.get(subjectKey(condition.subject)) ?? facts(condition.subject)
  if (isExact) {
    if (isWithin(domain, whenTrue)) return 'true'
    return isWithin(domain, whenFalse) ? 'false' : 'unknown'
  }
  const atom = atomOf(condition, true)
  const said = known.atoms.get(atom.key)
  if (said === undefined) return 'unknown'
  return truthOf(said === atom.holds)
}

const combine: Readonly<Record<GroupMode, (truths: readonly Truth[]) => Truth>> = { all, any, none }

/** The values that a fact can have under an assumption. */
export function domainUnder(known: Assumption, path: string): Domain | undefined {
  return known.domains.get(`fact ${path}`)
}
