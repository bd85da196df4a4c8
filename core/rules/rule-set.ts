import type { Facts, Scalar } from './facts.ts'
import { compileCondition, isMet, type JumpProgram } from './jump-program.ts'
import type { Comparison, ParsedRule } from './rule.ts'
import { type FactReader, Slots } from './slots.ts'

export interface PublishedRule {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly rule: ParsedRule
}

/**
 * The published rules, compiled. An event meets only the rules that could match: those for its type
 * whose most selective equality holds, and those without an equality to go by.
 */
export interface RuleSet {
  readonly rules: readonly PublishedRule[]
  /** How many rules are asked about events of this type. */
  countFor(eventType: string): number
  /** The rules for the type that the index could not rule out, in the order of the set. */
  candidates(eventType: string, facts: Facts): readonly PublishedRule[]
  /** The rules that are met, in the order of the set. */
  matches(eventType: string, facts: Facts): readonly PublishedRule[]
}

export function compileRuleSet(rules: readonly PublishedRule[]): RuleSet {
  const slots = new Slots()
  const compiled = rules.map(
    (published, position): CompiledRule => ({
      published,
      position,
      program: compileCondition(published.rule.condition, slots),
    }),
  )
  const byType = indexByType(compiled, slots)
  const reader = slots.reader()
  const find = (eventType: string, facts: Facts): readonly CompiledRule[] => {
    reader.begin(facts)
    const found = [byType.get(anyType), byType.get(eventType)].flatMap(
      (index) => index?.find(reader) ?? [],
    )
    return found.sort((a, b) => a.position - b.position)
  }
  return {
    rules,
    countFor: (eventType) => (byType.get(anyType)?.size ?? 0) + (byType.get(eventType)?.size ?? 0),
    candidates: (eventType, facts) => find(eventType, facts).map((rule) => rule.published),
    matches: (eventType, facts) =>
      find(eventType, facts)
        .filter((rule) => isMet(rule.program, reader))
        .map((rule) => rule.published),
  }
}

interface CompiledRule {
  readonly published: PublishedRule
  readonly position: number
  readonly program: JumpProgram
}

const anyType = Symbol('any type of event')

function indexByType(
  rules: readonly CompiledRule[],
  slots: Slots,
): ReadonlyMap<string | symbol, EqualityIndex> {
  const grouped = new Map<string | symbol, CompiledRule[]>()
  for (const rule of rules) {
    for (const type of new Set<string | symbol>(rule.published.rule.on ?? [anyType])) {
      grouped.set(type, [...(grouped.get(type) ?? []), rule])
    }
  }
  return new Map([...grouped].map(([type, own]) => [type, new EqualityIndex(own, slots)]))
}

/** Finds the rules whose equality holds by looking its fact up, instead of asking every rule. */
class EqualityIndex {
  readonly size: number
  readonly #bySlot = new Map<number, Map<Scalar, CompiledRule[]>>()
  /** Rules without an equality that must hold: candidates for every event. */
  readonly #others: CompiledRule[] = []

  constructor(rules: readonly CompiledRule[], slots: Slots) {
    this.size = rules.length
    const counts = countEqualities(rules)
    for (const rule of rules) {
      const equality = mostSelective(equalitiesOf(rule), counts)
      if (!equality) {
        this.#others.push(rule)
        continue
      }
      const slot = slots.slotOf(equality.path)
      const byValue = this.#bySlot.get(slot) ?? new Map<Scalar, CompiledRule[]>()
      this.#bySlot.set(slot, byValue)
      const bucket = byValue.get(equality.expected)
      if (bucket) bucket.push(rule)
      else byValue.set(equality.expected, [rule])
    }
  }

  find(reader: FactReader): readonly CompiledRule[] {
    const found = [...this.#others]
    for (const [slot, byValue] of this.#bySlot) {
      // Whatever the fact is, a map finds it only where it is the same scalar of the same type.
      const bucket = byValue.get(reader.read(slot) as Scalar)
      if (bucket) found.push(...bucket)
    }
    return found
  }
}

interface Equality extends Comparison {
  readonly expected: Scalar
}

/** The equalities without which the rule cannot be true. */
function equalitiesOf({ published }: CompiledRule): readonly Equality[] {
  const { condition } = published.rule
  if (condition.mode !== 'all' && condition.nodes.length !== 1) return []
  if (condition.mode === 'none') return []
  return condition.nodes.filter(
    (node): node is Equality =>
      node.kind === 'comparison' && node.operator === '==' && !Array.isArray(node.expected),
  )
}

function countEqualities(rules: readonly CompiledRule[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const equality of rules.flatMap(equalitiesOf)) {
    const key = equalityKey(equality)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** The one that the fewest rules share. */
function mostSelective(
  equalities: readonly Equality[],
  counts: ReadonlyMap<string, number>,
): Equality | undefined {
  const countOf = (equality: Equality) => counts.get(equalityKey(equality)) ?? 0
  return equalities.reduce<Equality | undefined>(
    (best, equality) => (best && countOf(best) <= countOf(equality) ? best : equality),
    undefined,
  )
}

function equalityKey({ path, expected }: Equality): string {
  return `${path.text}\0${typeof expected}\0${String(expected)}`
}
