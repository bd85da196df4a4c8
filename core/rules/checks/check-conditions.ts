import type { Comparison, Condition, Group } from '../language/condition.ts'
import type { ParsedRule } from '../language/rule.ts'
import { conditionText } from '../wording/condition-text.ts'
import {
  type Assumption,
  assume,
  atomOf,
  demand,
  type FactDomains,
  noAssumption,
  subjectKey,
  truthUnder,
} from './assumption.ts'
import {
  type CheckContext,
  factDomains,
  fixed,
  type Parents,
  parentsIn,
  removal,
} from './check-context.ts'
import { comparisonDomain } from './comparison-domain.ts'
import { conjunctsOf, type Demanded } from './conjuncts.ts'
import { contradictions } from './contradictions.ts'
import { anyValue, commonDomain, type Domain, eitherDomain, isWithin, noValue } from './domain.ts'
import type { Finding } from './finding.ts'

/** Conditions that exclude each other, that can never be true, that are always true or say nothing more. */
export function checkConditions(rule: ParsedRule, context: CheckContext): readonly Finding[] {
  const facts = factDomains(rule, context)
  const parents = parentsIn(rule.condition)
  const scene = { facts, parents }
  if (assume(rule.condition, true, { known: noAssumption, facts }))
    return walk(rule.condition, true, { ...scene, known: noAssumption })
  const found = contradictions(conjunctsOf(rule.condition, true).comparisons, scene)
  if (found.length > 0) return found
  const { comparisons, choices } = conjunctsOf(rule.condition, true)
  const known = assumeAll(comparisons, noAssumption, facts)
  const dead = choices.find(({ node, outcome }) => !assume(node, outcome, { known, facts }))
  return [
    {
      code: 'unreachable',
      severity: 'error',
      message:
        'The rule can never be met: whichever of these conditions holds, another excludes it.',
      pointer: dead?.node.id ?? rule.condition.id,
    },
  ]
}

interface Scene {
  readonly facts: FactDomains
  readonly parents: Parents
  /** What must be so besides, for the part of the rule to matter. */
  readonly known: Assumption
}

function assumeAll(
  comparisons: readonly Demanded<Comparison>[],
  known: Assumption,
  facts: FactDomains,
): Assumption {
  return comparisons.reduce(
    (before, { node, outcome }) => assume(node, outcome, { known: before, facts }) ?? before,
    known,
  )
}

/** A part of a rule that can have its outcome. */
function walk(node: Condition, outcome: boolean, scene: Scene): readonly Finding[] {
  const { comparisons, choices } = conjunctsOf(node, outcome)
  const known = assumeAll(comparisons, scene.known, scene.facts)
  return [
    ...redundant(comparisons, scene),
    ...choices.flatMap((choice) => walkChoice(choice, { ...scene, known })),
  ]
}

function walkChoice({ node, outcome }: Demanded<Group>, scene: Scene): readonly Finding[] {
  const { childOutcome } = demand(node.mode, outcome)
  const settled = truthUnder(node, scene)
  if (settled !== 'unknown')
    return [
      {
        ...removable(node, scene),
        code: 'redundant_condition',
        message: 'The other conditions decide this group already: it changes nothing.',
      },
    ]
  const covered = coveredSubject(node.nodes, childOutcome)
  if (covered)
    return [
      {
        ...removable(node, scene),
        code: 'always_true',
        message: `${childOutcome ? 'One of these is so' : 'One of these is not so'} whatever the value is: ${covered.map(conditionText).join('; ')}. It only asks whether the fact is known.`,
      },
    ]
  return [
    ...node.nodes.flatMap((child) => walkBranch(child, childOutcome, scene)),
    ...redundantBranches(node, childOutcome, scene),
  ]
}

function walkBranch(child: Condition, outcome: boolean, scene: Scene): readonly Finding[] {
  if (assume(child, outcome, scene))
    return child.kind === 'group' ? walk(child, outcome, scene) : []
  const wanted = outcome ? 'be true' : 'be false'
  return [
    {
      ...removable(child, scene),
      code: 'unreachable',
      message: `This can never ${wanted}: ${reasonOf(child, outcome, scene)}.`,
    },
  ]
}

function reasonOf(child: Condition, outcome: boolean, scene: Scene): string {
  const isImpossible = !assume(child, outcome, { ...scene, known: noAssumption })
  return isImpossible ? 'its conditions exclude each other' : 'the other conditions exclude it'
}

/** Conditions that are always true, and those that follow from the others that must be so as well. */
function redundant(comparisons: readonly Demanded<Comparison>[], scene: Scene): readonly Finding[] {
  return [...bySubject(comparisons).entries()].flatMap(([key, all]) => {
    const always = all.filter((demanded) => isAlwaysSo(demanded, scene))
    const same = all.filter((demanded) => !always.includes(demanded))
    const dropped = withoutNeed(same.map(domainDemanded), {
      start: scene.known.domains.get(key) ?? anyValue,
      join: commonDomain,
      isNeedless: isWithin,
    })
    const seen = new Set<string>()
    const repeated = same.filter(({ node, outcome }) => {
      const atom = atomOf(node, outcome)
      const said = `${atom.holds} ${atom.key}`
      const isRepeated = seen.has(said) && !comparisonDomain(node).isExact
      seen.add(said)
      return isRepeated
    })
    const needless = same.filter((each, index) => dropped.has(index) || repeated.includes(each))
    return [
      ...always.map(({ node }) => ({
        ...removable(node, scene),
        code: 'always_true' as const,
        message: `It is always so that ${conditionText(node)}, whenever that is known.`,
      })),
      ...needless.map(({ node }) => ({
        ...removable(node, scene),
        code: 'redundant_condition' as const,
        message: `The other conditions say already that ${conditionText(node)}.`,
      })),
    ]
  })
}

/** Whether all that the fact can be is what is demanded; to be there at all is never a matter of course. */
function isAlwaysSo(demanded: Demanded<Comparison>, { facts }: Scene): boolean {
  const { operator, subject } = demanded.node
  const domain = domainDemanded(demanded)
  if (!domain || operator === 'exists' || operator === 'missing') return false
  return isWithin({ ...facts(subject), absent: false }, domain)
}

function removable(
  node: Condition,
  { parents }: Scene,
): Pick<Finding, 'severity' | 'pointer' | 'fix'> {
  return { severity: 'warning', pointer: node.id, ...fixed(removal(node.id, parents)) }
}

/** Members of a choice that are true only where another is. */
function redundantBranches(group: Group, childOutcome: boolean, scene: Scene): readonly Finding[] {
  const comparisons = group.nodes
    .filter((node) => node.kind === 'comparison')
    .map((node) => ({ node, outcome: childOutcome }))
  return [...bySubject(comparisons).values()].flatMap((same) => {
    const dropped = withoutNeed(same.map(domainDemanded), {
      start: noValue,
      join: eitherDomain,
      isNeedless: (rest, own) => !hasTimes([rest, own]) && isWithin(own, rest),
    })
    return same.flatMap(({ node }, index) =>
      dropped.has(index)
        ? [
            {
              ...removable(node, scene),
              code: 'redundant_condition' as const,
              message: `Another of these conditions holds whenever ${conditionText(node)}.`,
            },
          ]
        : [],
    )
  })
}

/** Of texts and times together a union can be more than both. */
function hasTimes(domains: readonly Domain[]): boolean {
  return domains.some(({ times }) => times !== null)
}

/** The exact values for which the comparison has its outcome; undefined where they are not known. */
function domainDemanded({ node, outcome }: Demanded<Comparison>): Domain | undefined {
  const { whenTrue, whenFalse, isExact } = comparisonDomain(node)
  if (!isExact) return undefined
  return outcome ? whenTrue : whenFalse
}

/**
 * Which of the domains add nothing to the others, of equal ones the later. Each is joined at most
 * twice, however many there are.
 */
function withoutNeed(
  domains: readonly (Domain | undefined)[],
  {
    start,
    join,
    isNeedless,
  }: {
    readonly start: Domain
    readonly join: (first: Domain, second: Domain) => Domain
    readonly isNeedless: (rest: Domain, own: Domain) => boolean
  },
): ReadonlySet<number> {
  const before: Domain[] = [start]
  for (const domain of domains) {
    const last = before.at(-1) ?? start
    before.push(domain ? join(last, domain) : last)
  }
  const dropped = new Set<number>()
  let after = start
  for (let index = domains.length - 1; index >= 0; index--) {
    const own = domains[index]
    if (!own) continue
    if (isNeedless(join(before[index] ?? start, after), own)) dropped.add(index)
    else after = join(after, own)
  }
  return dropped
}

/** Comparisons of one fact in a choice that together leave out no value that it is compared by. */
function coveredSubject(
  nodes: readonly Condition[],
  outcome: boolean,
): readonly Comparison[] | undefined {
  const comparisons = nodes
    .filter((node) => node.kind === 'comparison')
    .map((node) => ({ node, outcome }))
  for (const same of bySubject(comparisons).values()) {
    const exact = same.flatMap((demanded) => {
      const domain = domainDemanded(demanded)
      return domain ? [{ node: demanded.node, domain }] : []
    })
    const areTimes = new Set(exact.map(({ domain }) => domain.times !== null))
    if (exact.length < 2 || areTimes.size > 1) continue
    const covered = exact.map(({ domain }) => domain).reduce(eitherDomain)
    const known = exact.flatMap(({ node }) => {
      const { whenTrue, whenFalse } = comparisonDomain(node)
      return [whenTrue, whenFalse]
    })
    if (isWithin(known.reduce(eitherDomain), covered)) return exact.map(({ node }) => node)
  }
  return undefined
}

/** Comparisons of one fact that are compared with each other; of more only the first are. */
export const alikeComparedMax = 50

function bySubject(
  comparisons: readonly Demanded<Comparison>[],
): ReadonlyMap<string, readonly Demanded<Comparison>[]> {
  const groups = new Map<string, Demanded<Comparison>[]>()
  for (const demanded of comparisons) {
    const key = subjectKey(demanded.node.subject)
    const group = groups.get(key)
    if (!group) groups.set(key, [demanded])
    else if (group.length < alikeComparedMax) group.push(demanded)
  }
  return groups
}
