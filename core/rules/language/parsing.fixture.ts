import { parseRule } from './parse.ts'
import type { ParsedRule } from './rule.ts'

const options = { defaultCurrency: 'USD', timezone: 'Asia/Kolkata' }

export const condition = { field: 'referrer.is_paid_user', operator: '==', value: true }
export const action = { type: 'credit', user: 'referrer_id', amount_cents: 50_000 }

/** A rule that is valid, with other members in the place of its own. */
export function rule(more: Readonly<Record<string, unknown>> = {}) {
  return { conditions: [condition], actions: [action], ...more }
}

/** The rule that the JSON means, which must be valid. */
export function parsed(json: unknown): ParsedRule {
  const result = parseRule(json, options)
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.rule
}

/** What is wrong with the JSON: pointer and code of each fault. */
export function faultsOf(json: unknown): string[] {
  const result = parseRule(json, options)
  return result.ok ? [] : result.faults.map((fault) => `${fault.pointer} ${fault.code}`)
}

/** What is wrong with the JSON, in sentences. */
export function detailOf(json: unknown): string {
  const result = parseRule(json, options)
  return result.ok ? '' : result.faults.map((fault) => fault.detail).join(' ')
}
