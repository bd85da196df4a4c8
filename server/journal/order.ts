/** Orders pairs of names by the first and then the second, by UTF-16 code units. */
export function byBothNames(
  first: readonly [string, string],
  second: readonly [string, string],
): number {
  return byName(first[0], second[0]) || byName(first[1], second[1])
}

/** Orders names by UTF-16 code units. */
export function byName(first: string, second: string): number {
  if (first === second) return 0
  return first < second ? -1 : 1
}
