import { canonicalJson } from '../../canonical-json.ts'
import { childPointer } from './json-patch.ts'

/** One difference. Pointers are JSON pointers (RFC 6901) into the rule as it was and as it is. */
export interface Change {
  readonly kind: 'added' | 'removed' | 'changed' | 'moved'
  /** Null where there was nothing. */
  readonly beforePointer: string | null
  /** Null where there is nothing any more. */
  readonly afterPointer: string | null
  readonly before?: unknown
  readonly after?: unknown
}

/** Items of lists longer than that are compared by their places, so that the work is bounded. */
export const likenedItemsMax = 500

/** Two items are the same one, changed, where they share at least this part of what they say. */
const likenessMin = 0.6

interface Side {
  readonly value: unknown
  readonly pointer: string
}

/**
 * The differences between two values of JSON, in the order of the later one, what was removed last. Items
 * of lists are matched by what they say and not only by their places. Depth is bounded where they are parsed.
 */
export function diffJson(before: unknown, after: unknown): readonly Change[] {
  return differences({ value: before, pointer: '' }, { value: after, pointer: '' })
}

function differences(before: Side, after: Side): readonly Change[] {
  if (canonicalJson(before.value) === canonicalJson(after.value)) return []
  if (Array.isArray(before.value) && Array.isArray(after.value))
    return isListOfObjects(before.value) || isListOfObjects(after.value)
      ? listDifferences(itemsOf(before.value, before.pointer), itemsOf(after.value, after.pointer))
      : [changed(before, after)]
  if (isObject(before.value) && isObject(after.value))
    return memberDifferences(
      { members: before.value, pointer: before.pointer },
      { members: after.value, pointer: after.pointer },
    )
  return [changed(before, after)]
}

function changed(before: Side, after: Side): Change {
  return {
    kind: 'changed',
    beforePointer: before.pointer,
    afterPointer: after.pointer,
    before: before.value,
    after: after.value,
  }
}

function added({ value, pointer }: Side): Change {
  return { kind: 'added', beforePointer: null, afterPointer: pointer, after: value }
}

function removed({ value, pointer }: Side): Change {
  return { kind: 'removed', beforePointer: pointer, afterPointer: null, before: value }
}

type Members = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A list of scalars is one value. */
function isListOfObjects(list: readonly unknown[]): boolean {
  return list.some((item) => typeof item === 'object' && item !== null)
}

function itemsOf(list: readonly unknown[], pointer: string): readonly Side[] {
  return list.map((value, index) => ({ value, pointer: childPointer(pointer, index) }))
}

function memberDifferences(
  before: { readonly members: Members; readonly pointer: string },
  after: { readonly members: Members; readonly pointer: string },
): readonly Change[] {
  const side = ({ members, pointer }: typeof before, name: string): Side => ({
    value: Object.hasOwn(members, name) ? members[name] : undefined,
    pointer: childPointer(pointer, name),
  })
  const kept = Object.keys(after.members).flatMap((name) =>
    Object.hasOwn(before.members, name)
      ? differences(side(before, name), side(after, name))
      : [added(side(after, name))],
  )
  const gone = Object.keys(before.members)
    .filter((name) => !Object.hasOwn(after.members, name))
    .map((name) => removed(side(before, name)))
  return [...kept, ...gone]
}

function listDifferences(before: readonly Side[], after: readonly Side[]): readonly Change[] {
  const partners = match(before, after)
  const kept = after.flatMap((item, index) => {
    const partner = partners.get(index)
    const old = partner === undefined ? undefined : before[partner]
    return old ? differences(old, item) : [added(item)]
  })
  const matched = new Set(partners.values())
  const gone = before.filter((_item, index) => !matched.has(index)).map(removed)
  return [...kept, ...movesOf(partners, before, after), ...gone]
}

/** Which item of the earlier list an item of the later one is: the same first, then the most alike. */
function match(before: readonly Side[], after: readonly Side[]): ReadonlyMap<number, number> {
  const partners = new Map<number, number>()
  const free = new Set(before.keys())
  const pair = (later: number, earlier: number) => {
    partners.set(later, earlier)
    free.delete(earlier)
  }
  const same = new Map<string, number[]>()
  for (const [index, { value }] of before.entries()) {
    const text = canonicalJson(value)
    same.set(text, [...(same.get(text) ?? []), index])
  }
  for (const [index, { value }] of after.entries()) {
    const earlier = same.get(canonicalJson(value))?.shift()
    if (earlier !== undefined) pair(index, earlier)
  }
  const told = before.map(({ value }) => wordsOf(value))
  const isLong = Math.max(before.length, after.length) > likenedItemsMax
  for (const [index, { value }] of after.entries()) {
    if (partners.has(index)) continue
    const candidates = isLong ? [index].filter((place) => free.has(place)) : [...free]
    const said = wordsOf(value)
    const best = candidates
      .map((earlier) => ({ earlier, likeness: likeness(said, told[earlier] ?? new Set()) }))
      .filter((each) => isLong || each.likeness >= likenessMin)
      // Of those that are as much alike the nearest.
      .sort(
        (a, b) =>
          b.likeness - a.likeness || Math.abs(a.earlier - index) - Math.abs(b.earlier - index),
      )[0]
    if (best) pair(index, best.earlier)
  }
  return partners
}

/** What an item says, as a set: its members, and those of them that are scalars with their values. */
function wordsOf(value: unknown): ReadonlySet<string> {
  if (!isObject(value)) return new Set([canonicalJson(value)])
  return new Set(
    Object.entries(value).flatMap(([name, member]) => [
      name,
      typeof member === 'object' ? `${name}=…` : `${name}=${canonicalJson(member)}`,
    ]),
  )
}

function likeness(first: ReadonlySet<string>, second: ReadonlySet<string>): number {
  const shared = [...first].filter((word) => second.has(word)).length
  return shared / Math.max(first.size, second.size, 1)
}

/** Items whose order among those that were kept is another. */
function movesOf(
  partners: ReadonlyMap<number, number>,
  before: readonly Side[],
  after: readonly Side[],
): readonly Change[] {
  const pairs = [...partners].sort(([a], [b]) => a - b)
  let last = -1
  return pairs.flatMap(([later, earlier]) => {
    const isInOrder = earlier > last
    last = Math.max(last, earlier)
    const [from, to] = [before[earlier], after[later]]
    if (isInOrder || !from || !to) return []
    return [{ kind: 'moved', beforePointer: from.pointer, afterPointer: to.pointer }]
  })
}
