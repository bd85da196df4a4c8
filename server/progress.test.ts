import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { startProgress } from './progress.ts'

function linesOf(total: number, ...steps: number[]): string[] {
  const output = new PassThrough()
  const progress = startProgress({ task: 'Feeding', total, output, isInteractive: false })
  for (const step of steps) progress.advance(step)
  progress.end()
  const text = String(output.read() ?? '')
  return text.split('\n').slice(0, -1)
}

test('writes a line every tenth of the way where there is no terminal', () => {
  const lines = linesOf(200, ...Array.from({ length: 200 }, () => 1))
  expect(lines).toHaveLength(10)
  expect(lines[0]).toBe('Feeding: 10% (20 of 200)')
  expect(lines[9]).toBe('Feeding: 100% (200 of 200)')
})

test('writes one line where a step passes several tenths', () => {
  expect(linesOf(100, 35, 1)).toEqual(['Feeding: 30% (35 of 100)'])
})
