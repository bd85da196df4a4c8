import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { deliver } from './delivery.ts'
import { expectationOf } from './expectation.ts'
import { seededRandom } from './random.ts'
import { tellYear } from './story.ts'

const seed = 7

/** The contents of `events.ndjson` and `expected.json`: always the same, byte for byte. */
export function generate(): { readonly events: string; readonly expected: string } {
  const random = seededRandom(seed)
  const lines = deliver(tellYear(random), random)
  return {
    events: lines.map((line) => `${line.text}\n`).join(''),
    expected: `${JSON.stringify(expectationOf(lines), null, 2)}\n`,
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { events, expected } = generate()
  writeFileSync(new URL('events.ndjson', import.meta.url), events)
  writeFileSync(new URL('expected.json', import.meta.url), expected)
}
