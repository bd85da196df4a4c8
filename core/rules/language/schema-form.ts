/** A JSON Schema, 2020-12. */
export type Schema = Readonly<Record<string, unknown>>

/** Nothing is valid under it: the schema of a member that must not stand beside another. */
export const never: Schema = { not: {} }

/**
 * A closed object. `names` are the members that the parser knows: each must be described here, and
 * no other can be.
 */
export function closedObject<Name extends string>(
  names: readonly Name[],
  properties: Readonly<Record<NoInfer<Name>, Schema>>,
  more: Schema & { readonly required?: readonly NoInfer<Name>[] },
): Schema {
  const described = Object.fromEntries(names.map((name) => [name, properties[name]]))
  return { type: 'object', ...more, additionalProperties: false, properties: described }
}

export function choice(choices: readonly unknown[], description: string): Schema {
  return { enum: choices, description }
}

export function whole(min: number, max: number, description: string): Schema {
  return { type: 'integer', minimum: min, maximum: max, description }
}

/**
 * A number above 0. That it has at most two decimals the parser checks alone: to divide by 0.01, as
 * validators do, refuses numbers that have two.
 */
export function positive(max: number, description: string): Schema {
  return { type: 'number', exclusiveMinimum: 0, maximum: max, description }
}

export function listOf(items: Schema, itemsMax: number, description: string): Schema {
  return { type: 'array', items, minItems: 1, maxItems: itemsMax, description }
}

export function shortText(charactersMax: number, description: string): Schema {
  return {
    type: 'string',
    minLength: 1,
    maxLength: charactersMax,
    format: 'storable-text',
    description,
  }
}

/** The schema of a part that is described once, under `$defs`. */
export function defined(name: string, description?: string): Schema {
  return { $ref: `#/$defs/${name}`, ...(description === undefined ? {} : { description }) }
}

/** What is valid only under a condition; the result is spread into a schema. */
export function when(condition: Schema, valid: Schema, otherwise?: Schema): Schema {
  // Written as a pair: an object with a member `then` looks like a promise to the linter.
  return Object.fromEntries([
    ['if', condition],
    ['then', valid],
    ...(otherwise === undefined ? [] : [['else', otherwise]]),
  ]) as Schema
}
