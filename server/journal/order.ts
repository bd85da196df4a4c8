/** Orders pairs of names by the first and then the second, by UTF-16 code units. */
export function byBothNames(
  first: readonly [string, string],
  second: readonly [string, string],
): number {
  if (first[0] !== second[0]) return first[0] < second[0] ? -1 : 1
  if (first[1] === second[1]) return 0
  return first[1] < second[1] ? -1 : 1
}
