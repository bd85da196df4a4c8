import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningService, startService } from './harness/service.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
// Printed after each block, so that the output of one shell can be told apart by block.
const separator = '==== end of block ===='

let service: RunningService

beforeAll(async () => {
  requireCurl()
  service = await startService()
})
afterAll(async () => {
  await service?.stop()
})

describe.each([
  ['docs/start/curl.md', 15],
  ['docs/guides/adjustments.md', 6],
  ['docs/guides/entries.md', 3],
  ['docs/guides/explanations.md', 3],
  ['docs/guides/interchange.md', 1],
  ['docs/guides/rules.md', 15],
  ['docs/guides/simulation.md', 1],
  ['docs/guides/statements.md', 5],
] as const)('the curl examples of %s', (page, answersMin) => {
  const examples = examplesIn(readFileSync(`${root}${page}`, 'utf8'))
  let outputs: readonly string[] = []

  // The blocks share their variables, so one shell runs them all, as a reader would paste them.
  beforeAll(() => {
    const script = examples
      .map(({ bash }) => `${bash}\nprintf '\\n%s\\n' '${separator}'`)
      .join('\n')
    const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail'], {
      input: script,
      cwd: root,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        BASE_URL: service.baseUrl,
        API_KEY: service.apiKey,
        DATABASE_URL: service.databaseUrl,
      },
    })
    outputs = stdout.split(separator)
    if (status !== 0) throw new Error(`the blocks of ${page} ended with ${status}:\n${stderr}`)
  })

  it('tell every main story', () => {
    expect(examples.filter(({ answer }) => answer !== undefined).length).toBeGreaterThan(answersMin)
  })

  it.each(
    examples.map(
      ({ heading, answer }, index) => [`block ${index + 1}`, heading, index, answer] as const,
    ),
  )('%s, under "%s", answers what the page says', (_block, _heading, index, answer) => {
    const output = outputs[index]?.trim() ?? ''
    if (answer === undefined) expect(output).toBe('')
    else expect(differences(parsed(answer), parsed(output)), output).toEqual([])
  })
})

describe('the comparison with an excerpt', () => {
  it.each([
    ['another value', { a: 1 }, { a: 2 }],
    ['a missing member', { a: 1 }, {}],
    ['a text that starts otherwise', { a: 'anna-…' }, { a: 'ben-1' }],
    ['an item too few', [{ a: 1 }, { a: 2 }], [{ a: 1 }]],
    ['items in another order', [{ a: 1 }, { a: 2 }], [{ a: 2 }, { a: 1 }]],
    ['items where there should be none', [], [1]],
  ])('finds %s', (_what, expected, actual) => {
    expect(differences(expected, actual)).not.toEqual([])
  })

  it('takes more members and more items than the excerpt shows', () => {
    expect(differences({ a: [{ b: 'x-…' }] }, { a: [{ b: 'y' }, { b: 'x-1', c: 2 }] })).toEqual([])
  })
})

interface Example {
  readonly heading: string
  readonly bash: string
  /** The JSON or the CSV that the page shows under the block. */
  readonly answer: string | undefined
}

function examplesIn(markdown: string): readonly Example[] {
  const parts = /^#+ (?<heading>.*)$|^```(?<kind>bash|json|csv)\n(?<code>[\s\S]*?)^```$/gm
  const examples: Example[] = []
  let heading = ''
  for (const { groups = {} } of markdown.matchAll(parts)) {
    const { kind, code = '' } = groups
    const last = examples.at(-1)
    if (kind === 'bash') examples.push({ heading, bash: code, answer: undefined })
    else if (kind !== undefined && last) examples[examples.length - 1] = { ...last, answer: code }
    else heading = groups['heading'] ?? heading
  }
  return examples
}

/** JSON, or the lines of a text that is none. */
function parsed(text: string): unknown {
  const isJson = /^[[{]/.test(text)
  return isJson ? JSON.parse(text) : text.trim().split(/\r?\n/)
}

/** Where the answer says something else than the excerpt; `…` ends a text that may go on. */
function differences(expected: unknown, actual: unknown, at = ''): readonly string[] {
  if (Array.isArray(expected)) return missingItems(expected, actual, at)
  if (typeof expected === 'object' && expected !== null) {
    // Anything but an object has none of the members, which is then the difference.
    const members = Object(actual) as Readonly<Record<string, unknown>>
    return Object.entries(expected).flatMap(([name, value]) =>
      differences(value, members[name], `${at}/${name}`),
    )
  }
  const isSame =
    typeof expected === 'string' && expected.endsWith('…')
      ? String(actual).startsWith(expected.slice(0, -1))
      : expected === actual
  return isSame ? [] : [`${at} should be ${String(expected)} and is ${String(actual)}`]
}

/** Each item of the excerpt has to be there, in order; an empty excerpt means an empty list. */
function missingItems(expected: readonly unknown[], actual: unknown, at: string): string[] {
  if (!Array.isArray(actual)) return [`${at} should be a list`]
  if (expected.length === 0 && actual.length > 0) return [`${at} should be empty`]
  let next = 0
  return expected.flatMap((item, index) => {
    const found = actual.findIndex((own, i) => i >= next && differences(item, own).length === 0)
    if (found < 0) return [`${at}/${index} is missing: ${JSON.stringify(item)}`]
    next = found + 1
    return []
  })
}

function requireCurl(): void {
  if (spawnSync('curl', ['--version']).status === 0) return
  throw new Error('curl is needed to run the examples: install it (Debian: apt-get install curl)')
}
