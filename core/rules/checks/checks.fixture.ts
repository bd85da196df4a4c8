import type { EventSchemas } from '../catalogue/catalogue.ts'
import { parsed } from '../evaluation/evaluation.fixture.ts'
import type { CheckContext, Neighbour } from './check-context.ts'
import { checkRule } from './check-rule.ts'
import type { Finding, FindingCode } from './finding.ts'

/** The time of the checks of tests. */
export const checkedAtMs = Date.parse('2027-01-15T12:00:00Z')

export function contextWith(given: Partial<CheckContext> = {}): CheckContext {
  const schemas: EventSchemas = new Map()
  return {
    nowMs: checkedAtMs,
    timezone: 'UTC',
    schemas,
    neighbours: [],
    hasProgramLimits: false,
    ...given,
  }
}

/** A rule that is published already. */
export function neighbour(json: object, given: Partial<Neighbour> = {}): Neighbour {
  return { id: 'other', name: 'The other', rule: parsed(json), isOlder: true, ...given }
}

export const credit = { type: 'credit', user: 'referrer_id', amount_cents: 500, reward_id: 'bonus' }
export const limits = [{ per: 'user', max_count: 1 }]

/** A rule of these conditions that has nothing else to find. */
export function when(...conditions: readonly object[]): object {
  return { conditions, actions: [credit], limits }
}

export function findings(json: object, given: Partial<CheckContext> = {}): readonly Finding[] {
  return checkRule(parsed(json), contextWith(given))
}

/** The codes with their pointers, `code at /pointer`. */
export function found(json: object, given: Partial<CheckContext> = {}): readonly string[] {
  return findings(json, given).map(({ code, pointer }) => `${code} at ${pointer}`)
}

export function findingOf(
  code: FindingCode,
  json: object,
  given: Partial<CheckContext> = {},
): Finding {
  const finding = findings(json, given).find((each) => each.code === code)
  if (!finding) throw new Error(`no ${code} was found`)
  return finding
}
