/** A rule of the original format, as its JSON says it. */
export interface WalkedRule {
  readonly conditions: readonly {
    readonly field: string
    readonly operator: string
    readonly value: unknown
  }[]
  readonly logic: string
  readonly actions: readonly unknown[]
}

/** What a first version does: walk the JSON of a rule for every event. It shares no code with core. */
export function walk(rule: WalkedRule, event: unknown): boolean {
  const isMet = ({ field, operator, value }: WalkedRule['conditions'][number]): boolean => {
    let actual = event
    for (const name of field.split('.')) {
      if (typeof actual !== 'object' || actual === null || !Object.hasOwn(actual, name))
        return false
      actual = (actual as Record<string, unknown>)[name]
    }
    if (typeof actual !== typeof value) return false
    switch (operator) {
      case '==':
        return actual === value
      case '>':
        return (actual as number) > (value as number)
      default:
        return false
    }
  }
  return rule.logic === 'OR' ? rule.conditions.some(isMet) : rule.conditions.every(isMet)
}
