import { prospectsOf } from '@pineos/core/program/prospects.ts'
import {
  compileRuleSet,
  type KeptCounter,
  type RuleSet,
} from '@pineos/core/rules/compiled/rule-set.ts'
import { parsePath } from '@pineos/core/rules/language/facts.ts'
import { parseRule } from '@pineos/core/rules/language/parse.ts'
import type { RuleBook, RuleBookEdition } from './rule-edition.ts'

export const ruleId = '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11'

/** A rule set of these rules, each in force under the id and name it is given by. */
export function setOf(rules: Readonly<Record<string, object>>): RuleSet {
  return compileRuleSet(
    Object.entries(rules).map(([id, json]) => {
      const written = 'conditions' in json ? json : { always: true, ...json }
      const parsed = parseRule(written, { defaultCurrency: 'USD', timezone: 'UTC' })
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
      return { id, name: `Rule ${id}`, version: 3, rule: parsed.rule }
    }),
  )
}

interface EditionOptions {
  readonly version?: bigint
  readonly usesCounters?: boolean
  /** By id: under which number metrics are kept; all under 1 where it is absent. */
  readonly metricNumber?: RuleBookEdition['metricNumber']
  readonly holdPaths?: readonly string[]
  readonly kept?: readonly KeptCounter[]
}

/** The edition of a set of rules, without a database. */
export function editionOf(set: RuleSet, options: EditionOptions = {}): RuleBookEdition {
  const { version = 1n, usesCounters = false, metricNumber = () => 1, holdPaths = [] } = options
  for (const counter of options.kept ?? []) set.keep(counter)
  const paths = holdPaths.flatMap((text) => {
    const path = parsePath(text)
    return typeof path === 'string' ? [] : [path]
  })
  return {
    version,
    usesCounters,
    metricNumber,
    holdPaths: () => paths,
    prospects: (event, { ruleId: one, ...asked }) => {
      if (one !== null && !set.all().some(({ id }) => id === one)) return null
      const named = one === null ? {} : { ruleId: one }
      return prospectsOf(set, event, { timezone: 'UTC', trace: 'all', ...asked, ...named })
    },
  }
}

/** A rule book with these rules in every version. */
export function bookOf(rules: Readonly<Record<string, object>>): RuleBook {
  const set = setOf(rules)
  return { usesCounters: false, edition: async (version) => editionOf(set, { version }) }
}
