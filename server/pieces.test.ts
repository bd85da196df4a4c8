import { expect, it } from 'vitest'
import { Pieces } from './pieces.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

// Done in one go, a batch would keep the answers of the database and every short request waiting.
it('lets the event loop turn between the pieces of a work', async () => {
  const pieces = new Pieces()
  const items = numbers(1_000)
  let done = 0
  const seen = new Set<number>()
  const turn = () => {
    seen.add(done)
    if (done < items.length) setImmediate(turn)
  }
  setImmediate(turn)
  await pieces.map(items, () => {
    done += 1
  })
  expect(seen.size).toBeGreaterThan(10)
})

it('gives the result of every item in order, one work after the other', async () => {
  const pieces = new Pieces()
  const done: string[] = []
  const work = (name: string, count: number) =>
    pieces.map(numbers(count), (item, index) => {
      expect(item).toBe(index)
      done.push(`${name}${index}`)
      return item * 2
    })
  const results = await Promise.all([work('a', 200), work('b', 1), work('c', 64)])
  expect(results).toEqual([200, 1, 64].map((count) => numbers(count).map((item) => item * 2)))
  const names = (name: string, count: number) => numbers(count).map((index) => `${name}${index}`)
  expect(done).toEqual([...names('a', 200), ...names('b', 1), ...names('c', 64)])
})

it('ends the work of an item that throws, and does those after it', async () => {
  const pieces = new Pieces()
  const failing = pieces.map(numbers(200), () => {
    throw new Error('no')
  })
  const after = pieces.map(['one'], (item) => item)
  await expect(failing).rejects.toThrow('no')
  expect(await after).toEqual(['one'])
})

it('ends a work without items', async () => {
  expect(await new Pieces().map([], () => 1)).toEqual([])
})
