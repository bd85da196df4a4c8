import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findingCodes } from './finding.ts'

const here = import.meta.dirname

// Who looks a code up must find it, and with the meaning that the code has.
it('the documentation lists every code with its meaning, and no others', () => {
  const text = readFileSync(join(here, '../../../docs/concepts/rule-checks.md'), 'utf8')
  const rows = [...text.matchAll(/^\| `(\w+)` \| [^|]+ \| ([^|]+) \| [^|]+ \|$/gm)]
  expect(Object.fromEntries(rows.map(([, code, meaning]) => [code, meaning]))).toEqual(findingCodes)
})

it('every code is provoked by a test', () => {
  const tests = readdirSync(here)
    .filter((file) => /^check-.*\.test\.ts$/.test(file))
    .map((file) => readFileSync(join(here, file), 'utf8'))
    .join('\n')
  expect(Object.keys(findingCodes).filter((code) => !tests.includes(code))).toEqual([])
})
