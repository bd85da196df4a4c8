import { type Finding, Findings, isJsonObject, type Json, type JsonObject } from './finding.ts'

export interface ExportedRule {
  /** Null where a condition cannot be expressed: without it, it would be another rule. */
  readonly document: Json
  /** What of the rule is not in the document, and why. */
  readonly unsupported: readonly Finding[]
  /** Of which events the document says something else than the rule. */
  readonly differences: readonly Finding[]
}

/** Writes one comparison so that it is true where the rule's is true, or where it is false. */
export type ComparisonWriter = (comparison: Comparison, isHeld: boolean) => Json | undefined

export interface Comparison {
  readonly pointer: string
  readonly field: string
  readonly operator: string
  readonly value: Json | undefined
}

/** How a format says what the conditions of a rule say. */
export interface Format {
  readonly comparison: ComparisonWriter
  readonly all: (parts: readonly Json[]) => Json
  readonly any: (parts: readonly Json[]) => Json
}

/** What is wrong with the words of one export. */
export class Exporting {
  readonly unsupported = new Findings()
  readonly differences = new Findings()
  #isWhole = true

  /** Says that this comparison cannot be expressed, and with it not the conditions. */
  refuse(pointer: string, reason: string): undefined {
    this.unsupported.add(pointer, reason)
    this.#isWhole = false
  }

  /**
   * The conditions of the rule, true exactly where they are met. Negation goes down to the comparisons:
   * the negation of what is unknown is not true, which no other format says of a whole group.
   */
  conditions(rule: JsonObject, format: Format): Json {
    const mode = rule['logic'] === 'OR' ? 'any' : 'all'
    const list = Array.isArray(rule['conditions']) ? (rule['conditions'] as readonly Json[]) : []
    const parts = list.map((part, index) =>
      this.#condition(part, { pointer: `/conditions/${index}`, isHeld: true, format }),
    )
    return list.length === 0 ? format.all([]) : format[mode](parts)
  }

  finish(document: Json): ExportedRule {
    return {
      document: this.#isWhole ? document : null,
      unsupported: this.unsupported.list,
      differences: this.differences.list,
    }
  }

  #condition(
    condition: Json,
    { pointer, isHeld, format }: { pointer: string; isHeld: boolean; format: Format },
  ): Json {
    if (!isJsonObject(condition)) return this.refuse(pointer, 'It is no condition.') ?? null
    const mode = groupModes.find((name) => Object.hasOwn(condition, name))
    if (mode === undefined) {
      const { field, operator, value } = condition
      if (typeof field !== 'string' || typeof operator !== 'string')
        return this.refuse(pointer, 'What happened before is not in the event.') ?? null
      return format.comparison({ pointer, field, operator, value }, isHeld) ?? null
    }
    const parts = (condition[mode] as readonly Json[]).map((part, index) =>
      this.#condition(part, {
        pointer: `${pointer}/${mode}/${index}`,
        isHeld: mode === 'none' ? !isHeld : isHeld,
        format,
      }),
    )
    // Not all of them is any that is not; none of them is all that are not.
    const isAll = mode === 'any' ? !isHeld : isHeld
    return isAll ? format.all(parts) : format.any(parts)
  }
}

const groupModes = ['all', 'any', 'none'] as const

/** `!=` is what `==` is not: the two share a writer. */
export const negations: Readonly<Record<string, string>> = {
  '!=': '==',
  not_in: 'in',
  not_contains: 'contains',
  missing: 'exists',
}

const members: Readonly<Record<string, string>> = {
  on: 'Ask it only about events of these types.',
  actions: 'It says whether the conditions are met, and pays nothing.',
  limits: 'It has no memory of what was paid.',
  schedule: 'It knows no time.',
  priority: 'It knows no other rules.',
  stacking: 'It knows no other rules.',
  terms: 'It knows one version of a rule.',
  mode: 'It does not know whether it counts.',
  rollout: 'It does not divide users into shares.',
  hold_out: 'It does not divide users into shares.',
}

/** Reports the members of the rule that the format has no place for. */
export function reportMembers(
  rule: JsonObject,
  kept: readonly string[],
  { unsupported }: Exporting,
) {
  for (const [name, reason] of Object.entries(members)) {
    if (Object.hasOwn(rule, name) && !kept.includes(name)) unsupported.add(`/${name}`, reason)
  }
}
