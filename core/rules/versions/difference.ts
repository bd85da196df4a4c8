import { canonicalJson } from '../../canonical-json.ts'

/** One operation of a JSON patch (RFC 6902), what was there before it, and the same in a sentence. */
export interface RuleDifference {
  readonly op: 'add' | 'remove' | 'replace'
  /** JSON pointer into either content. */
  readonly path: string
  readonly from?: unknown
  readonly value?: unknown
  readonly sentence: string
}

type Json = Readonly<Record<string, unknown>>

/** Text of a value in a sentence is cut after this many code units. */
const shownMax = 120

/**
 * What differs between two contents of a rule, in the order of the members; nothing where they say
 * the same, however they are written. Items of a list that have only moved aside for one that was put
 * in or taken out are not named.
 */
export function differencesOf(older: unknown, younger: unknown): RuleDifference[] {
  const found: RuleDifference[] = []
  compare({ older, younger, path: '', label: 'The rule' }, found)
  return found
}

interface Pair {
  readonly older: unknown
  readonly younger: unknown
  readonly path: string
  /** What people call the place. */
  readonly label: string
}

function compare(pair: Pair, found: RuleDifference[]): void {
  const { older, younger } = pair
  if (canonicalJson(older) === canonicalJson(younger)) return
  if (isObject(older) && isObject(younger)) compareMembers(pair, { older, younger }, found)
  else if (Array.isArray(older) && Array.isArray(younger))
    compareItems(pair, { older, younger }, found)
  else {
    const sentence = `${pair.label} was ${shown(older)} and is ${shown(younger)}.`
    found.push({ op: 'replace', path: pair.path, from: older, value: younger, sentence })
  }
}

function compareMembers(
  pair: Pair,
  { older, younger }: { older: Json; younger: Json },
  found: RuleDifference[],
): void {
  for (const name of new Set([...Object.keys(older), ...Object.keys(younger)])) {
    const inner = innerPair(pair, { name, label: labelOf(pair.label, name) })
    const isOld = Object.hasOwn(older, name)
    const isNew = Object.hasOwn(younger, name)
    if (isOld && isNew) compare({ ...inner, older: older[name], younger: younger[name] }, found)
    else if (isOld) found.push(removal(inner, older[name]))
    else found.push(addition(inner, younger[name]))
  }
}

/** Items are paired from both ends as long as they are the same, and those between by their place. */
function compareItems(
  pair: Pair,
  { older, younger }: { older: readonly unknown[]; younger: readonly unknown[] },
  found: RuleDifference[],
): void {
  const texts = { older: older.map(canonicalJson), younger: younger.map(canonicalJson) }
  const shorter = Math.min(older.length, younger.length)
  let head = 0
  while (head < shorter && texts.older[head] === texts.younger[head]) head += 1
  let tail = 0
  while (
    tail < shorter - head &&
    texts.older[older.length - 1 - tail] === texts.younger[younger.length - 1 - tail]
  )
    tail += 1
  const middle = { older: older.length - head - tail, younger: younger.length - head - tail }
  for (let index = 0; index < Math.max(middle.older, middle.younger); index++) {
    const place = head + index
    const inner = innerPair(pair, {
      name: String(place),
      label: itemLabel(pair, { place, item: older[place] ?? younger[place] }),
    })
    if (index < middle.older && index < middle.younger)
      compare({ ...inner, older: older[place], younger: younger[place] }, found)
    else if (index < middle.older) found.push(removal(inner, older[place]))
    else found.push(addition(inner, younger[place]))
  }
}

function innerPair(pair: Pair, { name, label }: { name: string; label: string }) {
  const token = name.replaceAll('~', '~0').replaceAll('/', '~1')
  return { path: `${pair.path}/${token}`, label }
}

type Place = Omit<Pair, 'older' | 'younger'>

function removal({ path, label }: Place, value: unknown): RuleDifference {
  const sentence = `${label} was taken away; it was ${shown(value)}.`
  return { op: 'remove', path, from: value, sentence }
}

function addition({ path, label }: Place, value: unknown): RuleDifference {
  return { op: 'add', path, value, sentence: `${label} is new: ${shown(value)}.` }
}

const labelOf = (of: string, name: string) =>
  of === 'The rule' ? capital(name.replaceAll('_', ' ')) : `${of}, ${name.replaceAll('_', ' ')}`

/** `Condition 2 (purchase.amount_cents)`: what an item is called and what it is about. */
function itemLabel(pair: Pair, { place, item }: { place: number; item: unknown }): string {
  const singular = pair.label.replace(/s$/, '')
  const about = isObject(item) ? (item['field'] ?? item['type'] ?? item['per']) : undefined
  return `${singular} ${place + 1}${typeof about === 'string' ? ` (${about})` : ''}`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
