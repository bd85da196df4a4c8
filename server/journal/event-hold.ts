import { heldValue } from '@pineos/core/program/plan.ts'
import { type FactPath, type Facts, readFact } from '@pineos/core/rules/language/facts.ts'

/** An event of this type that has the value at the path confirms what waits for it. */
export interface HoldKey {
  readonly eventType: string
  readonly path: string
  readonly value: string
}

/** A pending credit that waits for an event. */
export interface EventHold extends HoldKey {
  readonly entryId: string
  readonly userId: string
  readonly currency: string
}

/** Credits that one event confirms at most; the next event of the kind confirms the next. */
export const confirmationsMax = 100

export function holdKey({ eventType, path, value }: HoldKey): string {
  return `${eventType}\0${path}\0${value}`
}

/** What the event confirms by these facts. */
export function holdKeysOf(
  { type, facts }: { type: string; facts: Facts },
  paths: readonly FactPath[],
): readonly HoldKey[] {
  return paths.flatMap((path) => {
    const value = heldValue(readFact(facts, path))
    return value === null ? [] : [{ eventType: type, path: path.text, value }]
  })
}
