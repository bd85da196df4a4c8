import type { Facts } from '../language/facts.ts'
import type { ParsedRule } from '../language/rule.ts'
import { EqualityIndex, type PlacedRule } from './equality-index.ts'
import { compileConditions, isMet } from './jump-program.ts'
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

/** Compiles rules, in the order in which their results are to be given; some 15 µs for each. */
export function compileRuleSet(rules: readonly PublishedRule[]): RuleSet {
  const slots = new Slots()
  const index = new TypeIndex(rules, slots)
  const { places, conditions } = laidOut(rules, index)
  const program = compileConditions(conditions, slots)
  const reader = slots.reader()
  // Every place that the index gives is one of the set.
  const inOrder = (found: number[]) =>
    found.sort((a, b) => a - b).map((place) => rules[place] as PublishedRule)
  return {
    rules,
    countFor: (eventType) => index.countFor(eventType),
    candidates(eventType, facts) {
      reader.begin(facts)
      return inOrder(index.find(eventType, reader).flat())
    },
    matches(eventType, facts) {
      reader.begin(facts)
      const found: number[] = []
      for (const list of index.find(eventType, reader)) {
        for (const place of list) {
          if (isMet(program, places[place] ?? 0, reader)) found.push(place)
        }
      }
      return inOrder(found)
    },
  }
}

/** The conditions in the order in which the index finds them, and where the rule of each place is. */
function laidOut(rules: readonly PublishedRule[], index: TypeIndex) {
  const order = new Set(index.lists().flat())
  const places = new Int32Array(rules.length)
  const conditions = [...order].flatMap((place, position) => {
    places[place] = position
    return rules[place]?.rule.condition ?? []
  })
  return { places, conditions }
}

/** An index of equalities for each type of event, and one for the rules that are asked about any. */
class TypeIndex {
  readonly #any: EqualityIndex
  readonly #byType: ReadonlyMap<string, EqualityIndex>

  constructor(rules: readonly PublishedRule[], slots: Slots) {
    const any: PlacedRule[] = []
    const byType = new Map<string, PlacedRule[]>()
    for (const [place, { rule }] of rules.entries()) {
      if (rule.on === null) any.push({ place, rule })
      for (const type of new Set(rule.on)) {
        const list = byType.get(type)
        if (list) list.push({ place, rule })
        else byType.set(type, [{ place, rule }])
      }
    }
    this.#any = new EqualityIndex(any, slots)
    this.#byType = new Map([...byType].map(([type, own]) => [type, new EqualityIndex(own, slots)]))
  }

  countFor(eventType: string): number {
    return this.#any.size + (this.#byType.get(eventType)?.size ?? 0)
  }

  find(eventType: string, reader: FactReader): readonly (readonly number[])[] {
    const own = this.#byType.get(eventType)?.find(reader)
    return own ? [...this.#any.find(reader), ...own] : this.#any.find(reader)
  }

  lists(): readonly (readonly number[])[] {
    return [this.#any, ...this.#byType.values()].flatMap((index) => index.lists())
  }
}
