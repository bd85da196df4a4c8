/** Three-valued logic (Kleene): what cannot be known is neither true nor false, and never pays. */
export type Truth = 'true' | 'false' | 'unknown'

export function truthOf(value: boolean): Truth {
  return value ? 'true' : 'false'
}

/** True where all are; false where one is, whatever the others; else unknown. */
export function all(truths: readonly Truth[]): Truth {
  if (truths.includes('false')) return 'false'
  return truths.includes('unknown') ? 'unknown' : 'true'
}

/** True where one is, whatever the others; false where all are; else unknown. */
export function any(truths: readonly Truth[]): Truth {
  if (truths.includes('true')) return 'true'
  return truths.includes('unknown') ? 'unknown' : 'false'
}

/** The negation of unknown is unknown. */
export function not(truth: Truth): Truth {
  if (truth === 'unknown') return 'unknown'
  return truth === 'true' ? 'false' : 'true'
}

/** True where none is true and all are known. */
export function none(truths: readonly Truth[]): Truth {
  return not(any(truths))
}
