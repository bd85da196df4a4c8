import type { JudgedEvent } from '../evaluation/event-facts.ts'
import type { Given } from './candidates.ts'
import type { LimitUse, TestEvent } from './test-case.ts'

/** What a case says: the facts by their paths, history by pointers. */
export interface Scene {
  readonly type: string
  readonly atMs: number
  readonly facts: ReadonlyMap<string, Given>
  readonly history: ReadonlyMap<string, number | null>
}

/** What tells one case from the base that it is made of. */
export interface Variation {
  readonly name: string
  readonly scene: Scene
  readonly limits: readonly LimitUse[]
}

/** The event that says so; undefined where one fact would have to lie within another. */
export function eventOf({ type, atMs, facts }: Scene): TestEvent | undefined {
  const data: Record<string, unknown> = {}
  for (const [path, value] of facts) {
    if (envelopePaths.has(path) || (path === 'user_id' && typeof value === 'string')) continue
    if (value !== undefined && !put(data, path.split('.'), value)) return undefined
  }
  const user = facts.get('user_id')
  return {
    type,
    ...(typeof user === 'string' && user !== '' ? { user_id: user } : {}),
    occurred_at: new Date(atMs).toISOString(),
    data,
  }
}

/** What the event says of itself, whatever its data are. */
const envelopePaths: ReadonlySet<string> = new Set([
  'event.type',
  'event.occurred_at',
  'event.user_id',
])

function put(
  object: Record<string, unknown>,
  [name = '', ...rest]: readonly string[],
  value: Given,
): boolean {
  if (rest.length === 0) {
    if (Object.hasOwn(object, name)) return false
    object[name] = value
    return true
  }
  if (!Object.hasOwn(object, name)) object[name] = {}
  const inner = object[name]
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return false
  // An object that was put here before.
  return put(inner as Record<string, unknown>, rest, value)
}

/** The event of a test case as rules are asked about it. */
export function judgedEventOf({ type, user_id, occurred_at, data }: TestEvent): JudgedEvent {
  return { type, userId: user_id ?? null, atMs: Date.parse(occurred_at), data }
}

/** The same with one fact given another value, or with one fact over history. */
export function withFact(scene: Scene, path: string, value: Given): Scene {
  return { ...scene, facts: new Map(scene.facts).set(path, value) }
}

export function withHistory(scene: Scene, pointer: string, value: number | null): Scene {
  return { ...scene, history: new Map(scene.history).set(pointer, value) }
}
