import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { bytesArray, jsonArray, plainArray, textArray } from './array-literal.ts'

let database: TestDatabase
let client: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  client = new pg.Client({ connectionString: database.connectionString })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

async function read(type: string, literal: string): Promise<unknown> {
  const { rows } = await client.query<{ value: unknown }>(`select $1::${type}[] as value`, [
    literal,
  ])
  return rows[0]?.value
}

// What PostgreSQL could not keep is refused at the edge: NUL and lone surrogates.
const storable = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))
const awkward = fc.constantFrom(
  '',
  'NULL',
  'null',
  '"',
  '\\',
  '\\"',
  '{}',
  ',',
  ' a ',
  "'; drop table x; --",
  '🌱',
)

it('any text comes through an array as it is, and null stays null', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(fc.oneof(storable, awkward))), async (values) => {
      expect(await read('text', textArray(values))).toEqual(values)
    }),
  )
})

it('bytes come through an array as they are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 })), async (values) => {
      const buffers = values.map((value) => Buffer.from(value))
      const hex = buffers.map((buffer) => buffer.toString('hex'))
      expect(await read('bytea', bytesArray(hex))).toEqual(buffers)
    }),
  )
})

it('any JSON comes through an array as it is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.dictionary(storable, fc.oneof(storable, awkward))),
      async (values) => {
        const texts = (await read('text', jsonArray(values))) as string[]
        expect(texts).toEqual(values.map((value) => JSON.stringify(value)))
      },
    ),
  )
})

it('numbers, ids and names of our own come through without quotes', async () => {
  const ids = ['01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11', null]
  expect(await read('uuid', plainArray(ids))).toEqual(ids)
  expect(await read('bigint', plainArray([9_007_199_254_740_993n, -1n, null]))).toEqual([
    '9007199254740993',
    '-1',
    null,
  ])
  expect(await read('text', plainArray(['credit_pending', 'USD', 7]))).toEqual([
    'credit_pending',
    'USD',
    '7',
  ])
  expect(await read('text', plainArray([]))).toEqual([])
})
