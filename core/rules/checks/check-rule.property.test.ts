import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exampleRules } from '../../program/example-rules.ts'
import { applyPatch } from '../diff/json-patch.ts'
import { truthOfCondition } from '../evaluation/evaluate.ts'
import { eventAtMs, parsed } from '../evaluation/evaluation.fixture.ts'
import type { History } from '../evaluation/history.ts'
import { type Condition, comparisonsOf } from '../language/condition.ts'
import { parseRule } from '../language/parse.ts'
import { arbitraryRuleJson } from '../language/rule.fixture.ts'
import { arbitraryFacts } from '../language/vocabulary.fixture.ts'
import { checkRule } from './check-rule.ts'
import { contextWith } from './checks.fixture.ts'

const counts = fc.option(fc.constantFrom(-1, 0, 1, 2, 3, 1_000), { nil: undefined })
const historyOf =
  (values: ReadonlyMap<string, number | undefined>): History =>
  ({ metric, window }) => {
    const value = values.get(`${metric.id}${JSON.stringify(window)}`)
    const isCount = metric.function === 'count' || metric.function === 'distinct'
    return value === undefined || (isCount && value < 0)
      ? { kind: 'unknown', reason: 'nothing is known' }
      : { kind: 'known', value }
  }

/** Rules and events of few values, with one value for each fact over history. */
const met = fc
  .record({
    json: arbitraryRuleJson(),
    facts: arbitraryFacts(),
    seeds: fc.array(counts, { minLength: 3 }),
  })
  .map(({ json, facts, seeds }) => {
    const rule = parsed(json)
    const values = new Map<string, number | undefined>()
    for (const { subject } of comparisonsOf(rule.condition)) {
      if (subject.kind === 'fact') continue
      const { metric, window, includesCurrent } = subject.aggregate
      const key = `${metric.id}${JSON.stringify(window)}`
      // The event itself makes a difference that the property is not about.
      values.set(key, includesCurrent ? seeds[values.size % seeds.length] : undefined)
    }
    const context = { facts, atMs: eventAtMs, history: historyOf(values) }
    return { json, rule, context, truth: (node: Condition) => truthOfCondition(node, context) }
  })

describe('random rules on random events', () => {
  // A marketer who is told that a rule can never pay, when it does, stops believing the checks.
  it('are never said to be contradictory or out of reach where an event meets them', () => {
    fc.assert(
      fc.property(met, ({ rule, truth }) => {
        if (truth(rule.condition) !== 'true') return
        const codes = checkRule(rule, contextWith())
          .filter(({ severity }) => severity === 'error')
          .map(({ code }) => code)
        expect(codes).not.toContain('contradiction')
        expect(codes).not.toContain('unreachable')
      }),
      { numRuns: 2_000 },
    )
  })

  it('mean the same without a condition that was said to be redundant or unreachable', () => {
    fc.assert(
      fc.property(met, ({ json, rule, context, truth }) => {
        const finding = checkRule(rule, contextWith()).find(
          ({ code, fix }) => fix && (code === 'redundant_condition' || code === 'unreachable'),
        )
        if (!finding?.fix) return
        // A fix makes an object of an object.
        const changed = parsed(applyPatch(json, finding.fix.patch) as object)
        const [before, after] = [
          truth(rule.condition),
          truthOfCondition(changed.condition, context),
        ]
        expect(after === 'true').toBe(before === 'true')
      }),
      { numRuns: 2_000 },
    )
  })

  it('are understood, and have one finding less, after a fix', () => {
    fc.assert(
      fc.property(arbitraryRuleJson(), (json) => {
        const before = checkRule(parsed(json), contextWith())
        for (const { fix, code, pointer } of before) {
          if (!fix) continue
          const result = parseRule(applyPatch(json, fix.patch), {
            defaultCurrency: 'USD',
            timezone: 'UTC',
          })
          if (!result.ok) throw new Error(`${code} at ${pointer}: ${JSON.stringify(result.faults)}`)
          const after = checkRule(result.rule, contextWith())
          const count = (list: typeof before) => list.filter((each) => each.code === code).length
          expect(count(after), `${code} at ${pointer}`).toBeLessThan(count(before))
        }
      }),
      { numRuns: 700 },
    )
  })

  it('are checked the same each time, errors first, and said where they are', () => {
    fc.assert(
      fc.property(arbitraryRuleJson(), (json) => {
        const found = checkRule(parsed(json), contextWith())
        expect(checkRule(parsed(json), contextWith())).toEqual(found)
        const severities = found.map(({ severity }) => severity)
        expect(severities).toEqual([...severities].sort())
      }),
      { numRuns: 200 },
    )
  })
})

describe('the example rules', () => {
  it.each(exampleRules.map(({ name, rule_json }) => [name, rule_json] as const))(
    '%s have no error',
    (_name, json) => {
      const found = checkRule(parsed(json), contextWith())
      expect(found.filter(({ severity }) => severity === 'error')).toEqual([])
    },
  )
})
