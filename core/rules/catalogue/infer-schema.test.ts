import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inferFacts } from './infer-facts.ts'
import { schemaOfFacts } from './infer-schema.ts'
import { readSchema } from './schema-facts.ts'

describe('the schema of facts', () => {
  it('says what was seen, nested as it was, and what every event had', () => {
    const facts = inferFacts([
      { plan: 'pro', purchase: { amount_cents: 5, at: '2027-01-01' }, tags: ['a'], flags: [true] },
      { plan: 'pro', purchase: { amount_cents: 7 }, sizes: [1], tags: [], n: 1.5, ok: true },
    ])
    expect(schemaOfFacts(facts)).toEqual({
      type: 'object',
      required: ['plan', 'purchase'],
      properties: {
        plan: { type: 'string', examples: ['pro'] },
        purchase: {
          type: 'object',
          required: ['amount_cents'],
          properties: {
            amount_cents: { type: 'integer', examples: [5] },
            at: { type: 'string', format: 'date-time', examples: ['2027-01-01'] },
          },
        },
        flags: { type: 'array', items: { type: 'boolean' } },
        sizes: { type: 'array', items: { type: 'number' } },
        n: { type: 'number', examples: [1.5] },
        ok: { type: 'boolean', examples: [true] },
      },
    })
  })

  // A schema that could not be registered would be of no use to whoever asked for it.
  it('of any events can be read as a schema, with the same facts of the same types', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1 }),
        (data) => {
          const facts = inferFacts(data).filter(({ type }) => type !== 'mixed')
          const reading = readSchema(schemaOfFacts(facts))
          expect(reading).toMatchObject({ ok: true })
          if (!reading.ok) return
          const known = new Map(facts.map(({ path, type }) => [path, type]))
          for (const { path, type } of reading.facts) {
            // A member of that name may be an amount, whatever numbers were seen.
            if (type !== 'money') expect(type).toBe(known.get(path))
          }
        },
      ),
    )
  })
})
