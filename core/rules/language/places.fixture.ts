/** The way to a value within JSON: names of members and numbers of items. */
export type Place = readonly (string | number)[] & { readonly isObject?: boolean }

/** The places of all values in the JSON, the whole included. */
export function placesIn(json: unknown, at: readonly (string | number)[] = []): readonly Place[] {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json)
  const here: Place = Object.assign([...at], { isObject })
  if (typeof json !== 'object' || json === null) return [here]
  const below = Array.isArray(json)
    ? json.flatMap((item, index) => placesIn(item, [...at, index]))
    : Object.entries(json).flatMap(([name, member]) => placesIn(member, [...at, name]))
  return [here, ...below]
}

/** A copy with another value at the place, or without any where it is undefined. */
export function alteredAt(json: unknown, place: Place, value: unknown): unknown {
  const [first, ...rest] = place
  if (first === undefined) return value
  if (Array.isArray(json)) {
    const altered = json.map((item, index) =>
      index === first ? alteredAt(item, rest, value) : item,
    )
    return altered.filter((item) => item !== undefined)
  }
  const members = Object.entries(json as object).filter(([name]) => name !== first)
  const member = alteredAt((json as Record<string, unknown>)[first], rest, value)
  return Object.fromEntries(member === undefined ? members : [...members, [first, member]])
}
