const inherited = new Set(
  [Object, Array, String, Number, Boolean].flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype),
  ),
)

/** Whether JSONLogic may find something where a rule reads nothing: it walks into lists, text and what all objects inherit. */
export function isReadAlikeByPresence(path: string): boolean {
  return !path.split('.').some((segment) => inherited.has(segment) || isIndex(segment))
}

/** Whether a scalar that JSONLogic finds at the path is what a rule finds. */
export function isReadAlikeByValue(path: string): boolean {
  const segments = path.split('.')
  // What is inherited is a function, which is like no value; only within one is there more to read.
  return !segments.some(
    (segment, index) =>
      isIndex(segment) ||
      segment === 'length' ||
      (inherited.has(segment) && index < segments.length - 1),
  )
}

const isIndex = (segment: string) => /^\d+$/.test(segment)

/** Why a path is refused, in a sentence. */
export function pathRefusal(path: string): string {
  return `JSONLogic may find something at ${path} that is not in the event: it reads items of lists and what every value inherits.`
}
