import {
  compileRuleSet,
  type PublishedRule,
  type RuleSet,
} from '@pineos/core/rules/compiled/rule-set.ts'
import type { Facts } from '@pineos/core/rules/language/facts.ts'
import { parseRule } from '@pineos/core/rules/language/parse.ts'
import { walk } from './rules-baseline.ts'
import type { BenchEngine } from './rules-engine.ts'
import { type BenchRule, ruleJson } from './rules-workload.ts'

/** Our engine without and with a trace of every candidate, and what a first version does. */
export const ownEngines: Readonly<Record<string, BenchEngine>> = {
  'this engine': {
    prepare: (rules) => {
      const set = compile(rules)
      return (event) => idsOf(set.matches('any', event as Facts))
    },
  },
  'this engine, trace of every candidate': {
    prepare: (rules) => {
      const set = compile(rules)
      // The trace has the outcome of every comparison; a rule is met where all of them are true.
      const match = (event: unknown) => {
        const trace = set.trace('any', event as Facts)
        const isMet = (_rule: PublishedRule, index: number) =>
          trace.outcomesOf(index).every((outcome) => outcome === 'true')
        return idsOf(trace.rules.filter(isMet))
      }
      return { match, work: (event) => set.trace('any', event as Facts) }
    },
  },
  'a plain walk over JSON': {
    prepare: plainMatcher,
  },
}

export function compile(rules: readonly BenchRule[]): RuleSet {
  return compileRuleSet(rules.map(published))
}

export function published(rule: BenchRule): PublishedRule {
  const result = parseRule(ruleJson(rule), { defaultCurrency: 'USD', timezone: 'UTC' })
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return { id: rule.id, name: `rule ${rule.id}`, version: 1, rule: result.rule }
}

/** Finds the rules that an event meets by the walk, which shares no code with the engine. */
export function plainMatcher(rules: readonly BenchRule[]) {
  const written = rules.map((rule) => ({ id: rule.id, json: ruleJson(rule) }))
  return (event: unknown): readonly string[] =>
    written.filter(({ json }) => walk(json, event)).map(({ id }) => id)
}

const idsOf = (rules: readonly PublishedRule[]) => rules.map(({ id }) => id)
