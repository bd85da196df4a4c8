import { prospectsOf } from '@pineos/core/program/prospects.ts'
import { type PublishedRule, RuleSet } from '@pineos/core/rules/compiled/rule-set.ts'
import { type FactPath, parsePath } from '@pineos/core/rules/language/facts.ts'
import type pg from 'pg'
import type { RuleBook, RuleBookEdition } from '../journal/rule-edition.ts'
import { inSlices } from '../slices.ts'
import { loadRules } from './load-rules.ts'
import { counterFrom } from './metric-definition.ts'
import { type RuleChanges, readRuleChanges, readSetVersion } from './rule-changes.ts'

/** Up to this many rules a decision lists every rule; beyond it, those that are met. */
const rulesTracedMax = 5

export interface RuleLibrary extends RuleBook {
  /** The rules as of now, for questions outside the journal. */
  latest(): Promise<RuleBookEdition>
  /** Looks for a new version, so that it is at hand before the next event asks for it. */
  refresh(): Promise<void>
  /** Everything in force as of now, in the order of the set, for whoever compiles it for themselves. */
  inForce(): Promise<readonly PublishedRule[]>
  /** The rules in force that pause once a budget of theirs is spent. */
  pausingRules(): readonly PublishedRule[]
}

export interface RuleBookOptions {
  readonly pool: pg.Pool
  readonly defaultCurrency: string
  /** Of the program: its days are those of these clocks. */
  readonly timezone: string
}

/**
 * The rules in force, compiled once per process and changed in place: of a new version only what has
 * changed is loaded. The journal asks for the version that it has read in the database, so a newly
 * published rule is in force everywhere with the next event.
 */
export function createRuleBook(options: RuleBookOptions): RuleLibrary {
  const book = new Book(options)
  return {
    get usesCounters() {
      return book.usesCounters
    },
    async edition(version) {
      await book.loadFrom(version)
      return book.edition()
    },
    async latest() {
      return this.edition(await readSetVersion(options.pool))
    },
    async refresh() {
      await book.loadFrom(await readSetVersion(options.pool))
    },
    async inForce() {
      await this.refresh()
      return book.all()
    },
    pausingRules: () => book.pausingRules(),
  }
}

class Book {
  readonly #options: RuleBookOptions
  readonly #set = new RuleSet()
  /** By rule: the versions of it that are in force. */
  readonly #inForce = new Map<string, readonly PublishedRule[]>()
  readonly #pausing = new Map<string, PublishedRule>()
  readonly #metricNumbers = new Map<string, number>()
  readonly #holdPaths = new Map<string, FactPath[]>()
  /** Null before anything was loaded. */
  #version: bigint | null = null
  /** Loads follow each other: a set that is half changed is seen by nobody. */
  #loading: Promise<void> = Promise.resolve()

  constructor(options: RuleBookOptions) {
    this.#options = options
  }

  get usesCounters(): boolean {
    return this.#set.usesCounters || this.#holdPaths.size > 0
  }

  /** Returns once the rules are those of the version or a later one. */
  async loadFrom(version: bigint): Promise<void> {
    const load = async () => {
      if (this.#version === null || this.#version < version) await this.#load()
    }
    const loaded = this.#loading.then(load)
    // A load that has failed is its caller's; the next tries again.
    this.#loading = loaded.catch(() => {})
    await loaded
  }

  edition(): RuleBookEdition {
    const version = this.#version
    if (version === null) throw new Error('no rules were loaded')
    const set = this.#set
    const { timezone } = this.#options
    const trace = set.size <= rulesTracedMax ? 'all' : 'met'
    return {
      version,
      usesCounters: this.usesCounters,
      prospects: (event, { ruleId, referral, isCounted }) => {
        if (ruleId !== null && !this.#inForce.has(ruleId)) return null
        const one = ruleId === null ? {} : { ruleId }
        return prospectsOf(set, event, { timezone, referral, isCounted, trace, ...one })
      },
      metricNumber: (metricId) => this.#metricNumbers.get(metricId),
      holdPaths: (eventType) => this.#holdPaths.get(eventType) ?? [],
    }
  }

  all(): readonly PublishedRule[] {
    return this.#set.all()
  }

  pausingRules(): readonly PublishedRule[] {
    return [...this.#pausing.values()]
  }

  async #load(): Promise<void> {
    const isFirst = this.#version === null
    const changes = await readRuleChanges(this.#options.pool, this.#version)
    const rules = await loadRules(this.#options, changes.rules)
    this.#keep(changes)
    await inSlices(changes.rules, ({ id }) => this.#remove(id))
    // The first time nobody waits yet, and all together are laid out better than one by one.
    if (isFirst) this.#set.putAll(rules)
    await inSlices(rules, (rule) => this.#put(rule, isFirst))
    this.#version = changes.version
  }

  #remove(id: string): void {
    for (const version of this.#inForce.get(id) ?? []) this.#set.remove(version)
    this.#inForce.delete(id)
    this.#pausing.delete(id)
  }

  #put(published: PublishedRule, isThere: boolean): void {
    const { id, rule } = published
    if (!isThere) this.#set.put(published)
    this.#inForce.set(id, [...(this.#inForce.get(id) ?? []), published])
    // The last version is the one in force for what is new.
    if (rule.limits.some(({ pausesRule }) => pausesRule)) this.#pausing.set(id, published)
  }

  /** Before the rules: whatever goes by a counter finds it kept. */
  #keep({ metrics, holdPaths }: RuleChanges): void {
    for (const { number, definition } of metrics) {
      const { metricId, counter } = counterFrom(definition)
      if (!this.#metricNumbers.has(metricId)) this.#set.keep(counter)
      this.#metricNumbers.set(metricId, number)
    }
    for (const { event_type: type, match_path: text } of holdPaths) {
      const path = parsePath(text)
      const known = this.#holdPaths.get(type) ?? []
      if (typeof path !== 'string' && !known.some((each) => each.text === text))
        this.#holdPaths.set(type, [...known, path])
    }
  }
}
