import { builtInFacts } from './built-in-facts.ts'
import { type Fact, mergedFact } from './fact.ts'
import type { SchemaFacts } from './schema-facts.ts'

/** The facts that a rule can read. */
export interface Catalogue {
  readonly facts: ReadonlyMap<string, Fact>
  /** Whether there are no others: every type of event that the rule is asked about says all it has. */
  readonly isComplete: boolean
  /** Whether the path can be a fact that the catalogue does not list. */
  readonly isOpenAt: (path: string) => boolean
}

/** What is known of types of events, by their names. */
export type EventSchemas = ReadonlyMap<string, SchemaFacts>

/**
 * The catalogue of a rule: the facts that are built in and those of its types of events, which say it
 * better. `on` is as in the rule: null for all types, of which nobody can have said everything.
 */
export function catalogueOf(on: readonly string[] | null, schemas: EventSchemas): Catalogue {
  const types = on ?? [...schemas.keys()]
  const known = types.flatMap((type) => schemas.get(type) ?? [])
  const declared = new Map<string, Fact>()
  for (const fact of known.flatMap(({ facts }) => facts)) {
    const before = declared.get(fact.path)
    declared.set(fact.path, before ? mergedFact(before, fact) : fact)
  }
  const builtIn = builtInFacts.map((fact) => [fact.path, fact] as const)
  const isSilent = on === null || known.length < types.length
  const open = new Set(isSilent ? [''] : known.flatMap(({ openPaths }) => openPaths))
  return {
    facts: new Map([...builtIn, ...declared]),
    isComplete: open.size === 0,
    isOpenAt: (path) => open.has('') || parentsOf(path).some((parent) => open.has(parent)),
  }
}

function parentsOf(path: string): readonly string[] {
  const segments = path.split('.')
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('.'))
}
