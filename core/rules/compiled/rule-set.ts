import type { Metric, MetricSource } from '../language/condition.ts'
import type { Facts } from '../language/facts.ts'
import type { Limit, ParsedRule } from '../language/rule.ts'
import type { Truth } from '../language/truth.ts'
import { EqualityCounts } from './equalities.ts'
import { type IndexKey, indexKeyOf, provedBy } from './index-key.ts'
import { JumpProgram, met } from './jump-program.ts'
import { MetricIndex } from './metric-index.ts'
import { FoundPlaces, RuleIndex } from './rule-index.ts'
import { type FactReader, Slots } from './slots.ts'
import { Outcomes, TraceProgram, tracedTruths } from './trace-program.ts'

/** A version of a rule that is in force. */
export interface PublishedRule {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly rule: ParsedRule
  /**
   * Of a rule that keeps the terms of when the referral began: this version is for referrals that
   * began from the one instant on and before the other. Absent: it is for all events.
   */
  readonly terms?: { readonly fromMs: number; readonly untilMs: number }
}

/**
 * Something that is counted whether or not a rule in force goes by it: a rule that will is on its way,
 * or was in force and may be again. `ruleId` is null for limits on the whole program.
 */
export type KeptCounter =
  | { readonly kind: 'metric'; readonly metric: Metric }
  | { readonly kind: 'limit'; readonly ruleId: string | null; readonly limit: Limit }

/**
 * The rules in force, compiled. An event meets only the rules that could match: those for its type
 * whose most selective equality holds, and those without an equality to go by. Rules come and go one
 * at a time, in time that does not depend on how many there are.
 */
export class RuleSet {
  readonly #slots = new Slots()
  readonly #counts = new EqualityCounts()
  readonly #program = new JumpProgram(this.#slots)
  readonly #reader: FactReader = this.#slots.reader()
  readonly #anyType = new RuleIndex(this.#slots)
  readonly #byType = new Map<string, RuleIndex>()
  readonly #metrics = new MetricIndex()
  /** By place; a place whose rule is gone is not used again. */
  readonly #placed: (PlacedRule | undefined)[] = []
  /** By place: where its conditions begin in the program. */
  readonly #entries: number[] = []
  readonly #traces = new TraceProgram(this.#slots)
  readonly #traceEntries: number[] = []
  readonly #places = new Map<string, number>()
  /** By rule: where its results come among those of others. */
  readonly #ranks = new Map<string, number>()
  /** By place, and back: of a rule with several versions in force, the place of one of them. */
  readonly #rankOf: number[] = []
  readonly #placeOf: number[] = []
  /** By rank: how many versions of the rule are in force. */
  readonly #versions = new Map<number, number>()
  /** Limits on the whole program, by the version that has them. */
  readonly #programLimits = new Map<string, readonly Limit[]>()
  readonly #found = new FoundPlaces()
  #limitedCount = 0
  /** Limits that are counted anyway, by rule; those on the whole program under no rule. */
  readonly #keptLimits = new Map<string | null, Limit[]>()

  /** How many versions of rules are in force. */
  get size(): number {
    return this.#places.size
  }

  /** Whether any rule asks for history or has a limit, so that counters must be kept. */
  get usesCounters(): boolean {
    return this.#metrics.size + this.#limitedCount + this.#keptLimits.size > 0
  }

  /** Puts a version of a rule into force; one that is already in force is replaced. */
  put(published: PublishedRule): void {
    this.remove(published)
    this.#counts.count(published.rule.condition, 1)
    this.#compile(this.#place(published))
  }

  /** Has something counted for as long as the set lives. */
  keep(counter: KeptCounter): void {
    if (counter.kind === 'metric') {
      this.#metrics.keep(counter.metric)
      return
    }
    const { ruleId, limit } = counter
    const kept = this.#keptLimits.get(ruleId)
    if (kept) kept.push(limit)
    else this.#keptLimits.set(ruleId, [limit])
  }

  /** Puts many rules into force, each with regard to all the others. */
  putAll(rules: readonly PublishedRule[]): void {
    for (const { rule } of rules) this.#counts.count(rule.condition, 1)
    for (const published of rules) this.#place(published)
    // The conditions lie in the order in which the index finds them: an event walks through them.
    const lists = [this.#anyType, ...this.#byType.values()].flatMap((index) => index.lists())
    for (const place of new Set(lists.flat())) {
      if (this.#entries[place] === undefined) this.#compile(place)
    }
  }

  /** What the index has looked up need not be tested again. */
  #compile(place: number): void {
    const placed = this.#placed[place]
    if (!placed) return
    const { condition } = placed.published.rule
    const proved = provedBy(placed.key)
    this.#entries[place] = this.#program.add(condition, proved)
  }

  /** Takes a version out of force; nothing where it is not in force. */
  remove({ id, version }: Pick<PublishedRule, 'id' | 'version'>): void {
    const key = placeKey(id, version)
    const place = this.#places.get(key)
    const placed = place === undefined ? undefined : this.#placed[place]
    if (place === undefined || !placed) return
    const { rule } = placed.published
    for (const index of this.#indexesOf(rule)) index.remove(place)
    this.#counts.count(rule.condition, -1)
    this.#metrics.remove(rule)
    if (rule.limits.length > 0) this.#limitedCount -= 1
    this.#programLimits.delete(key)
    this.#placed[place] = undefined
    this.#places.delete(key)
    const left = (this.#versions.get(placed.rank) ?? 1) - 1
    if (left === 0) this.#versions.delete(placed.rank)
    else {
      this.#versions.set(placed.rank, left)
      this.#placeOf[placed.rank] = this.#placed.findIndex((other) => other?.rank === placed.rank)
    }
  }

  #place(published: PublishedRule): number {
    const { id, version, rule } = published
    const rank = this.#ranks.get(id) ?? this.#ranks.size
    this.#ranks.set(id, rank)
    const indexKey = indexKeyOf(rule.condition, this.#counts)
    const place = this.#placed.push({ published, rank, key: indexKey }) - 1
    this.#places.set(placeKey(id, version), place)
    this.#rankOf[place] = rank
    this.#placeOf[rank] = place
    this.#versions.set(rank, (this.#versions.get(rank) ?? 0) + 1)
    for (const index of this.#indexesOf(rule)) index.add(place, indexKey)
    this.#metrics.add(rule)
    if (rule.limits.length > 0) this.#limitedCount += 1
    const ofProgram = rule.limits.filter(({ per }) => per === 'program')
    if (ofProgram.length > 0) this.#programLimits.set(placeKey(id, version), ofProgram)
    return place
  }

  /** Everything in force, in the order of the set. */
  all(): readonly PublishedRule[] {
    return inOrder(this.#placed.filter((placed) => placed !== undefined))
  }

  /** How many rules are asked about events of this type. */
  countFor(eventType: string): number {
    return this.#anyType.size + (this.#byType.get(eventType)?.size ?? 0)
  }

  /** The rules that are asked about events of this type, in the order of the set. */
  rulesFor(eventType: string): readonly PublishedRule[] {
    const places = [...this.#anyType.places(), ...(this.#byType.get(eventType)?.places() ?? [])]
    return inOrder(places.flatMap((place) => this.#placed[place] ?? []))
  }

  /** The rules for the type that the index could not rule out, in the order of the set. */
  candidates(eventType: string, facts: Facts): readonly PublishedRule[] {
    return this.#inOrder(this.#find(eventType, facts, 0).all())
  }

  /**
   * The rules that are met, whatever history says, in the order of the set. `atMs` is when the event
   * occurred.
   */
  matches(eventType: string, facts: Facts, atMs = 0): readonly PublishedRule[] {
    const { lists, from, to, count } = this.#find(eventType, facts, atMs)
    const places: number[] = []
    for (let index = 0; index < count; index++) {
      const list = lists[index] as readonly number[]
      const end = to[index] as number
      for (let at = from[index] as number; at < end; at++) {
        const place = list[at] as number
        const entry = this.#entries[place] as number
        // Of most rules nothing is left to be asked.
        if (entry === met || this.#program.isPossible(entry, this.#reader)) places.push(place)
      }
    }
    return this.#inOrder(places)
  }

  /**
   * What each comparison of each candidate found, history aside: enough to light the path that an event
   * takes through thousands of rules. Sentences are made of those that somebody looks at.
   */
  trace(eventType: string, facts: Facts, atMs = 0): CandidateTrace {
    const rules: PublishedRule[] = []
    const begins: number[] = []
    const outcomes = new Outcomes()
    for (const place of this.#find(eventType, facts, atMs).all()) {
      const placed = this.#placed[place]
      if (!placed) continue
      rules.push(placed.published)
      begins.push(outcomes.length)
      this.#traces.run(this.#traceEntry(place, placed), this.#reader, outcomes)
    }
    begins.push(outcomes.length)
    return new CandidateTrace(rules, begins, outcomes)
  }

  /** A rule is made ready to be traced when it first is: few of the many ever are. */
  #traceEntry(place: number, { published, key }: PlacedRule): number {
    const known = this.#traceEntries[place]
    if (known !== undefined) return known
    const entry = this.#traces.add(published.rule.condition, provedBy(key))
    this.#traceEntries[place] = entry
    return entry
  }

  /** The metrics that something of this kind and name could count in. */
  metricsFor(source: MetricSource, name: string): readonly Metric[] {
    return this.#metrics.find(source, name)
  }

  /** The limits that what the rule pays counts in, beside those that its version has. */
  keptLimits(ruleId: string): readonly Limit[] {
    return this.#keptLimits.get(ruleId) ?? []
  }

  /** The limits of any rule on what the whole program pays. */
  programLimits(): readonly Limit[] {
    return [...this.#programLimits.values(), this.#keptLimits.get(null) ?? []].flat()
  }

  /** What was found is overwritten by the next event. */
  #find(eventType: string, facts: Facts, atMs: number): FoundPlaces {
    this.#reader.begin(facts, atMs)
    this.#found.clear()
    this.#anyType.find(this.#reader, this.#found)
    this.#byType.get(eventType)?.find(this.#reader, this.#found)
    return this.#found
  }

  /**
   * Where every rule is there in one version, as most sets are, ranks are sorted as plain numbers: a
   * rank then has one place.
   */
  #inOrder(places: readonly number[]): readonly PublishedRule[] {
    const [only] = places
    if (only === undefined) return []
    if (places.length === 1) return [(this.#placed[only] as PlacedRule).published]
    if (this.#places.size > this.#versions.size)
      return inOrder(places.flatMap((place) => this.#placed[place] ?? []))
    const ranks = new Int32Array(places.length)
    for (let index = 0; index < places.length; index++)
      ranks[index] = this.#rankOf[places[index] as number] as number
    ranks.sort()
    const rules: PublishedRule[] = []
    for (let index = 0; index < ranks.length; index++) {
      const placed = this.#placed[this.#placeOf[ranks[index] as number] as number]
      if (placed) rules.push(placed.published)
    }
    return rules
  }

  #indexesOf({ on }: ParsedRule): readonly RuleIndex[] {
    if (on === null) return [this.#anyType]
    return [...new Set(on)].map((type) => {
      const known = this.#byType.get(type)
      if (known) return known
      const index = new RuleIndex(this.#slots)
      this.#byType.set(type, index)
      return index
    })
  }
}

interface PlacedRule {
  readonly published: PublishedRule
  /** By which the index finds it. */
  readonly key: IndexKey
  readonly rank: number
}

/** The outcomes of the comparisons of candidates, in the order in which the index found them. */
export class CandidateTrace {
  readonly rules: readonly PublishedRule[]
  readonly #begins: readonly number[]
  readonly #outcomes: Outcomes

  constructor(rules: readonly PublishedRule[], begins: readonly number[], outcomes: Outcomes) {
    this.rules = rules
    this.#begins = begins
    this.#outcomes = outcomes
  }

  /** Of the candidate's comparisons in the order in which they are written (`comparisonsOf`). */
  outcomesOf(candidate: number): readonly Truth[] {
    const [from, to] = [this.#begins[candidate], this.#begins[candidate + 1]]
    if (to === undefined) return []
    return Array.from(
      this.#outcomes.numbers.subarray(from, to),
      (number) => tracedTruths[number] ?? 'unknown',
    )
  }
}

/** Compiles rules, in the order in which their results are to be given; some 15 µs for each. */
export function compileRuleSet(rules: readonly PublishedRule[]): RuleSet {
  const set = new RuleSet()
  set.putAll(rules)
  return set
}

function inOrder(found: PlacedRule[]): readonly PublishedRule[] {
  return found.sort(byRank).map(({ published }) => published)
}

function byRank(a: PlacedRule, b: PlacedRule): number {
  return a.rank - b.rank || a.published.version - b.published.version
}

function placeKey(id: string, version: number): string {
  return `${version}@${id}`
}
