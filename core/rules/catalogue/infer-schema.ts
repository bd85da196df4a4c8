import type { Fact, FactType } from './fact.ts'

type Json = Readonly<Record<string, unknown>>

/** How facts of a type are said in JSON Schema; what is sometimes this and sometimes that cannot be. */
const schemasByType: Readonly<Record<FactType, Json | undefined>> = {
  text: { type: 'string' },
  number: { type: 'number' },
  money: { type: 'integer' },
  truth: { type: 'boolean' },
  time: { type: 'string', format: 'date-time' },
  text_list: { type: 'array', items: { type: 'string' } },
  number_list: { type: 'array', items: { type: 'number' } },
  truth_list: { type: 'array', items: { type: 'boolean' } },
  structure: { type: 'object' },
  mixed: undefined,
}

/**
 * The facts as a JSON Schema (2020-12) of the data that has them, of the part of that language which
 * `readSchema` understands. It is open everywhere: what was not seen yet may still come.
 */
export function schemaOfFacts(facts: readonly Fact[]): Json {
  return objectOf(facts, '')
}

function objectOf(facts: readonly Fact[], parent: string): Json {
  const prefix = parent === '' ? '' : `${parent}.`
  const members = facts.filter(
    ({ path, type }) =>
      path.startsWith(prefix) && !path.slice(prefix.length).includes('.') && type !== 'mixed',
  )
  if (members.length === 0) return { type: 'object' }
  const nameOf = ({ path }: Fact) => path.slice(prefix.length)
  const required = members.filter(({ isOptional }) => !isOptional).map(nameOf)
  return {
    type: 'object',
    properties: Object.fromEntries(members.map((fact) => [nameOf(fact), memberOf(fact, facts)])),
    ...(required.length === 0 ? {} : { required }),
  }
}

function memberOf(fact: Fact, facts: readonly Fact[]): Json {
  if (fact.type === 'structure') return objectOf(facts, fact.path)
  const example = typeof fact.example === 'object' ? undefined : fact.example
  return {
    ...schemasByType[fact.type],
    ...(example === undefined ? {} : { examples: [example] }),
  }
}
