import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { truthOfCondition } from '../evaluation/evaluate.ts'
import { eventAtMs, noHistory, parsed } from '../evaluation/evaluation.fixture.ts'
import type { Facts } from '../language/facts.ts'
import { arbitraryRuleJson } from '../language/rule.fixture.ts'
import { arbitraryFacts } from '../language/vocabulary.fixture.ts'
import { assume, noAssumption, truthUnder } from './assumption.ts'
import { baseDomain } from './comparison-domain.ts'
import { conditionForm } from './normal-form.ts'

const small = arbitraryRuleJson({ hasAggregates: false, hasGuardsAndModifiers: false })
const events = fc.array(arbitraryFacts(), { minLength: 20, maxLength: 20 })

/** Conditions of two rules, and the events of some that meet the first. */
const pairs = fc.record({ first: small, second: small, facts: events }).map((given) => {
  const [first, second] = [parsed(given.first).condition, parsed(given.second).condition]
  const truth = (condition: typeof first, facts: Facts) =>
    truthOfCondition(condition, { facts, atMs: eventAtMs, history: noHistory })
  const met = given.facts.filter((facts) => truth(first, facts) === 'true')
  return { first, second, met, truth }
})

describe('what follows from one condition about another', () => {
  // A rule would be called shadowed by one that does not pay in its place.
  it('is so for every event that meets the first', () => {
    fc.assert(
      fc.property(pairs, ({ first, second, met, truth }) => {
        const known = assume(first, true, { known: noAssumption, facts: baseDomain })
        if (!known) {
          expect(met).toEqual([])
          return
        }
        const implied = truthUnder(second, { known, facts: baseDomain })
        if (implied === 'unknown') return
        for (const facts of met) expect(truth(second, facts)).toBe(implied)
      }),
      { numRuns: 1_500 },
    )
  })

  it('leaves both possible where an event meets both', () => {
    fc.assert(
      fc.property(pairs, ({ first, second, met, truth }) => {
        const known = assume(first, true, { known: noAssumption, facts: baseDomain })
        for (const outcome of [true, false]) {
          const isMet = met.some((facts) => truth(second, facts) === String(outcome))
          if (!isMet || !known) continue
          expect(assume(second, outcome, { known, facts: baseDomain })).toBeDefined()
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('is the same for every event where two have one normal form', () => {
    const shuffled = small.map((json) => {
      const conditions = (json['conditions'] ?? []) as readonly object[]
      const rule = {
        ...json,
        ...(json['conditions'] ? { conditions: [...conditions].reverse() } : {}),
      }
      return [parsed(json), parsed(rule)] as const
    })
    fc.assert(
      fc.property(shuffled, events, ([first, second], facts) => {
        expect(conditionForm(first)).toBe(conditionForm(second))
        for (const each of facts) {
          const context = { facts: each, atMs: eventAtMs, history: noHistory }
          const truth = truthOfCondition(first.condition, context)
          expect(truthOfCondition(second.condition, context)).toBe(truth)
        }
      }),
      { numRuns: 300 },
    )
  })
})
