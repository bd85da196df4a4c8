import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { startProofProgress } from './verify-progress.ts'

function outputOf(isInteractive: boolean): string {
  let text = ''
  const output = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk)
        done()
      },
    }),
    // What the bar asks a terminal for.
    { isTTY: true, columns: 200, cursorTo() {}, clearLine() {}, moveCursor() {} },
  )
  const progress = startProofProgress({ output, isInteractive })
  progress.show({ name: 'sums_are_zero', done: 0, total: 13, checked: 0 })
  progress.show({ name: 'keys_match_entries', done: 11, total: 13, checked: 2_000 })
  progress.end()
  return text
}

test('shows in a terminal which check of how many is under way', () => {
  const text = outputOf(true)
  expect(text).toContain('check 1 of 13: sums_are_zero')
  expect(text).toContain('check 12 of 13: keys_match_entries · 2000 compared')
})

test('writes nothing into pipes and logs', () => {
  expect(outputOf(false)).toBe('')
})
