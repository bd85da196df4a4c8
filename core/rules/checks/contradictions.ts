import type { Comparison } from '../language/condition.ts'
import { nearestName } from '../language/fault.ts'
import { conditionText } from '../wording/condition-text.ts'
import { assume, type FactDomains, noAssumption, subjectKey } from './assumption.ts'
import { fixed, type Parents } from './check-context.ts'
import type { Demanded } from './conjuncts.ts'
import type { Finding, Fix } from './finding.ts'
import { pointsOf } from './interval-set.ts'

interface Scene {
  readonly facts: FactDomains
  readonly parents: Parents
}

/** For each fact the first condition that leaves it no value, with one that excludes it. */
export function contradictions(
  comparisons: readonly Demanded<Comparison>[],
  scene: Scene,
): readonly Finding[] {
  const { facts } = scene
  const known = new Map<string, ReturnType<typeof assume>>()
  const before = new Map<string, Demanded<Comparison>[]>()
  return comparisons.flatMap((demanded) => {
    const { node, outcome } = demanded
    const key = subjectKey(node.subject)
    // Of a fact that has no value left nothing more is said.
    if (known.has(key) && known.get(key) === undefined) return []
    const next = assume(node, outcome, { known: known.get(key) ?? noAssumption, facts })
    known.set(key, next)
    const earlier = before.get(key) ?? []
    before.set(key, [...earlier, demanded])
    return next ? [] : [contradiction(demanded, earlier, scene)]
  })
}

function contradiction(
  demanded: Demanded<Comparison>,
  earlier: readonly Demanded<Comparison>[],
  scene: Scene,
): Finding {
  const { node } = demanded
  const { facts } = scene
  const other = earlier.find((each) => !arePossible([each, demanded], facts))
  const isAlone = !arePossible([demanded], facts)
  return {
    code: 'contradiction',
    severity: 'error',
    message: isAlone
      ? `It can never be so that ${said(demanded)}${valuesText(demanded, facts)}.`
      : `It cannot be both that ${other ? said(other) : earlier.map(said).join(' and that ')} and that ${said(demanded)}.`,
    pointer: node.id,
    ...fixed(
      isAlone ? nearestValue(demanded, facts) : other && oneOf(other, demanded, scene.parents),
    ),
  }
}

function arePossible(comparisons: readonly Demanded<Comparison>[], facts: FactDomains): boolean {
  let known: ReturnType<typeof assume> = noAssumption
  for (const { node, outcome } of comparisons)
    known = known && assume(node, outcome, { known, facts })
  return known !== undefined
}

function said({ node, outcome }: Demanded<Comparison>): string {
  return outcome ? conditionText(node) : `it is not so that ${conditionText(node)}`
}

const valuesShownMax = 10

/** The values that a schema lists. */
function valuesOf({ node }: Demanded<Comparison>, facts: FactDomains): readonly string[] {
  const { texts } = facts(node.subject)
  return pointsOf(texts) ?? []
}

function valuesText(demanded: Demanded<Comparison>, facts: FactDomains): string {
  const values = valuesOf(demanded, facts)
  if (values.length === 0) return ''
  const more = values.length > valuesShownMax ? ' and others' : ''
  return `: it is one of ${values.slice(0, valuesShownMax).join(', ')}${more}`
}

function nearestValue(demanded: Demanded<Comparison>, facts: FactDomains): Fix | undefined {
  const { node, outcome } = demanded
  if (node.operator !== '==' || !outcome || typeof node.expected !== 'string') return undefined
  const nearest = nearestName(node.expected, valuesOf(demanded, facts))
  if (nearest === undefined) return undefined
  return {
    label: `Compare with ${nearest}`,
    patch: [{ op: 'replace', path: `${node.id}/value`, value: nearest }],
  }
}

/** Who writes that a fact is A and is B has meant that it is one of them. */
function oneOf(
  first: Demanded<Comparison>,
  second: Demanded<Comparison>,
  parents: Parents,
): Fix | undefined {
  const areEqualities = [first, second].every(
    ({ node, outcome }) =>
      outcome && node.operator === '==' && !node.reference && typeof node.expected !== 'object',
  )
  const parent = parents.get(second.node.id)
  if (!areEqualities || !parent || parents.get(first.node.id) !== parent) return undefined
  const values = [first.node.expected, second.node.expected]
  return {
    label: 'Accept either value',
    patch: [
      { op: 'replace', path: `${first.node.id}/operator`, value: 'in' },
      { op: 'replace', path: `${first.node.id}/value`, value: values },
      { op: 'remove', path: second.node.id },
    ],
  }
}
