import { parsePath, type Scalar } from '../language/facts.ts'
import { timeMs } from '../language/instant.ts'
import { kindOf } from '../language/operand.ts'
import { shorten } from '../language/text.ts'
import { type Fact, type FactType, mergedFact } from './fact.ts'
import {
  exampleCharactersMax,
  sampledFactsMax,
  sampledListItemsMax,
  samplesMax,
  schemaDepthMax,
} from './limits.ts'
import { isMoneyPath } from './money-path.ts'

/**
 * The facts that the data of events have, each with what was seen of it, in the order in which they were
 * first seen. Only the first samples and facts up to the limits are looked at.
 */
export function inferFacts(samples: readonly unknown[]): readonly Fact[] {
  const looked = samples.slice(0, samplesMax)
  const found = new Map<string, { fact: Fact; seen: number }>()
  for (const sample of looked) {
    for (const fact of factsIn(sample, [])) {
      const known = found.get(fact.path)
      if (!known && found.size >= sampledFactsMax) continue
      found.set(fact.path, {
        fact: known ? mergedFact(known.fact, fact) : fact,
        seen: (known?.seen ?? 0) + 1,
      })
    }
  }
  return [...found.values()].map(({ fact, seen }) =>
    seen < looked.length ? { ...fact, isOptional: true } : fact,
  )
}

/** The facts of one object; null says nothing of a fact but that it can be absent. */
function factsIn(value: unknown, segments: readonly string[]): readonly Fact[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  if (segments.length >= schemaDepthMax) return []
  return Object.entries(value)
    .slice(0, sampledFactsMax)
    .flatMap(([name, member]) => {
      const path = parsePath([...segments, name].join('.'))
      if (name.includes('.') || typeof path === 'string' || member === null) return []
      return [factOf(path.text, member), ...factsIn(member, [...segments, name])]
    })
}

function factOf(path: string, value: unknown): Fact {
  return {
    path,
    type: typeOf(value, path),
    label: path.slice(path.lastIndexOf('.') + 1).replaceAll('_', ' '),
    example: exampleOf(value),
    values: null,
    isOptional: false,
    source: 'inferred',
  }
}

function typeOf(value: unknown, path: string): FactType {
  if (Array.isArray(value)) return listTypeOf(value.slice(0, sampledListItemsMax))
  switch (typeof value) {
    case 'string':
      return Number.isNaN(timeMs(value)) ? 'text' : 'time'
    case 'number':
      return isMoneyPath(path) && Number.isSafeInteger(value) ? 'money' : 'number'
    case 'boolean':
      return 'truth'
    default:
      return 'structure'
  }
}

function listTypeOf(items: readonly unknown[]): FactType {
  const kinds = new Set(items.map((item) => typeof item))
  const [kind, another] = kinds
  if (another !== undefined) return 'mixed'
  const types: Readonly<Record<string, FactType>> = {
    string: 'text_list',
    number: 'number_list',
    boolean: 'truth_list',
  }
  // An empty list does not say of what it is one.
  return kind === undefined ? 'mixed' : (types[kind] ?? 'structure')
}

function exampleOf(value: unknown): Scalar | readonly Scalar[] | null {
  if (Array.isArray(value)) {
    const items = value.slice(0, 3).flatMap((item) => scalarOf(item) ?? [])
    return items.length === 0 ? null : items
  }
  return scalarOf(value) ?? null
}

function scalarOf(value: unknown): Scalar | undefined {
  if (typeof value === 'string') return shorten(value, exampleCharactersMax)
  // Its kind says that it is one of these.
  return kindOf(value) === 0 ? undefined : (value as Scalar)
}
