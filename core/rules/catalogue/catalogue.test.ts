import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { operatorNames } from '../language/operators.ts'
import { builtInFacts } from './built-in-facts.ts'
import { catalogueOf } from './catalogue.ts'
import { mergedFact, operatorsOf } from './fact.ts'
import { inferFacts } from './infer-facts.ts'
import { sampledFactsMax, samplesMax, schemaDepthMax, schemaFactsMax } from './limits.ts'
import { readSchema, type SchemaFacts } from './schema-facts.ts'

function schema(properties: object, given: object = {}): SchemaFacts {
  const reading = readSchema({ type: 'object', properties, ...given })
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults))
  return reading
}
const closed = { additionalProperties: false }
const faultsOf = (json: unknown) => {
  const reading = readSchema(json)
  return reading.ok ? [] : reading.faults.map(({ code, pointer }) => `${code} at ${pointer}`)
}
const pathsOf = ({ facts }: SchemaFacts) => facts.map(({ path, type }) => `${path}: ${type}`)

describe('the operators of a type', () => {
  it.each([
    ['truth', '== != in not_in exists missing'],
    ['structure', 'exists missing'],
    ['text_list', 'contains not_contains exists missing'],
    ['money', '== != > < >= <= in not_in between exists missing'],
    ['time', '== != in not_in between exists missing before after within_last'],
    ['mixed', operatorNames.join(' ')],
  ] as const)('%s are %s', (type, operators) => {
    expect(operatorsOf(type).join(' ')).toBe(operators)
  })
})

describe('the facts that are built in', () => {
  it('are named once each, with an example and a label', () => {
    const paths = builtInFacts.map(({ path }) => path)
    expect(new Set(paths).size).toBe(paths.length)
    expect(builtInFacts.every(({ example, label }) => example !== null && label !== '')).toBe(true)
  })

  it.each(builtInFacts.map(({ path, type, example }) => [path, type, example] as const))(
    '%s has an example of the type %s',
    (path, type, example) => {
      const name = path.replaceAll('.', '_')
      expect(inferFacts([{ [name]: example }])[0]?.type).toBe(type)
    },
  )
})

describe('a schema', () => {
  it('gives a fact for each member, with type, values, label and example', () => {
    const read = schema(
      {
        plan: { type: 'string', enum: ['free', 'paid'], title: 'Plan' },
        price: {
          type: 'object',
          properties: { amount_cents: { type: 'integer', examples: [5] } },
          required: ['amount_cents'],
        },
        seen_at: { type: ['string', 'null'], format: 'date-time', description: 'last seen' },
        score: { type: 'number' },
        is_new: { type: 'boolean' },
        tags: { type: 'array', items: { type: 'string' } },
        lines: { type: 'array', items: { type: 'object', properties: {} } },
        list: { type: 'array' },
      },
      { ...closed, required: ['plan', 'seen_at', 'price'] },
    )
    expect(pathsOf(read)).toEqual([
      'plan: text',
      'price.amount_cents: money',
      'price: structure',
      'seen_at: time',
      'score: number',
      'is_new: truth',
      'tags: text_list',
      'lines: structure',
      'list: structure',
    ])
    expect(read.facts[0]).toMatchObject({
      values: ['free', 'paid'],
      label: 'Plan',
      example: 'free',
      isOptional: false,
    })
    expect(read.facts[1]).toMatchObject({ label: 'amount cents', example: 5, isOptional: false })
    expect(read.facts[3]).toMatchObject({ label: 'last seen', isOptional: true })
    expect(read.facts[4]).toMatchObject({ isOptional: true, example: null })
    expect(read.openPaths).toEqual(['price'])
  })

  it.each<[string, unknown, string]>([
    ['no object', [], 'type at '],
    ['no type', {}, 'required at /type'],
    ['data that are no object', { type: 'string' }, 'enum at /type'],
    ['an unknown word', { type: 'object', oneOf: [] }, 'unknown_property at /oneOf'],
    [
      'two types',
      { type: 'object', properties: { a: { type: ['string', 'number'] } } },
      'enum at /properties/a/type',
    ],
    [
      'null alone',
      { type: 'object', properties: { a: { type: 'null' } } },
      'enum at /properties/a/type',
    ],
    ['members that are none', { type: 'object', properties: [] }, 'type at /properties'],
    ['a member that is none', { type: 'object', properties: { a: 5 } }, 'type at /properties/a'],
    [
      'a name with a dot',
      { type: 'object', properties: { 'a.b': { type: 'string' } } },
      'path at /properties/a.b',
    ],
    [
      'a reserved name',
      JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}'),
      'path at /properties/__proto__',
    ],
    [
      'a name with a slash, of no type',
      { type: 'object', properties: { 'a/b': {} } },
      'required at /properties/a~1b/type',
    ],
    [
      'an open end that is no truth',
      { type: 'object', additionalProperties: {} },
      'type at /additionalProperties',
    ],
    ['required that is no list', { type: 'object', required: 'a' }, 'type at /required'],
    ['required without names', { type: 'object', required: [5] }, 'type at /required/0'],
    [
      'another format',
      { type: 'object', properties: { a: { type: 'string', format: 'email' } } },
      'enum at /properties/a/format',
    ],
    [
      'a time that is a number',
      { type: 'object', properties: { a: { type: 'number', format: 'date' } } },
      'enum at /properties/a/format',
    ],
    [
      'items of a text',
      { type: 'object', properties: { a: { type: 'string', items: {} } } },
      'conflict at /properties/a/items',
    ],
    [
      'items that are none',
      { type: 'object', properties: { a: { type: 'array', items: 5 } } },
      'type at /properties/a/items',
    ],
    [
      'items of no type',
      { type: 'object', properties: { a: { type: 'array', items: {} } } },
      'required at /properties/a/items/type',
    ],
    [
      'a title that is none',
      { type: 'object', properties: { a: { type: 'string', title: 5 } } },
      'type at /properties/a/title',
    ],
    [
      'values that are none',
      { type: 'object', properties: { a: { type: 'string', enum: [undefined] } } },
      'type at /properties/a/enum/0',
    ],
    [
      'no values',
      { type: 'object', properties: { a: { type: 'string', enum: [] } } },
      'type at /properties/a/enum',
    ],
  ])('is refused with %s', (_name, json, fault) => {
    expect(faultsOf(json)).toEqual([fault])
  })

  it('is refused past its depth and its number of members', () => {
    let deep: object = { type: 'string' }
    for (let depth = 1; depth < schemaDepthMax; depth++)
      deep = { type: 'object', properties: { a: deep } }
    expect(faultsOf(deep)).toEqual([])
    expect(faultsOf({ type: 'object', properties: { a: deep } })).toHaveLength(1)
    const many = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`f${index}`, { type: 'string' }]),
      )
    expect(faultsOf({ type: 'object', properties: many(schemaFactsMax) })).toEqual([])
    expect(faultsOf({ type: 'object', properties: many(schemaFactsMax + 9) })).toHaveLength(1)
  })

  it('never makes the reading throw, whatever it is', () => {
    fc.assert(
      fc.property(fc.json(), (json) => void readSchema(JSON.parse(json))),
      { numRuns: 500 },
    )
  })
})

describe('the catalogue of a rule', () => {
  const schemas = new Map([
    [
      'signup',
      schema(
        {
          level: { type: 'number' },
          purchase: { type: 'object', properties: { is_first: { type: 'string' } }, ...closed },
        },
        closed,
      ),
    ],
    ['renewal', schema({ level: { type: 'string' }, extra: { type: 'object' } }, closed)],
  ])

  it('is complete where every type has said all', () => {
    const { isComplete, isOpenAt, facts } = catalogueOf(['signup'], schemas)
    expect([isComplete, isOpenAt('level.x'), isOpenAt('other')]).toEqual([true, false, false])
    expect(facts.get('purchase.is_first')?.type).toBe('text')
    expect(facts.get('referrer_id')?.source).toBe('built_in')
  })

  it('is open where a type is unknown, or all are meant', () => {
    expect(catalogueOf(['signup', 'other'], schemas).isOpenAt('anything')).toBe(true)
    expect(catalogueOf(null, schemas).isComplete).toBe(false)
    expect(catalogueOf(null, schemas).facts.has('extra')).toBe(true)
  })

  it('is open within an object that has not said all', () => {
    const { isComplete, isOpenAt } = catalogueOf(['renewal'], schemas)
    expect([isComplete, isOpenAt('extra.x'), isOpenAt('other')]).toEqual([false, true, false])
  })

  it('mixes what types of events say differently', () => {
    expect(catalogueOf(['signup', 'renewal'], schemas).facts.get('level')?.type).toBe('mixed')
  })
})

describe('facts out of events', () => {
  it('have the types that were seen, and can be absent where one lacked them', () => {
    const facts = inferFacts([
      {
        a: 'x',
        b: 1,
        c_cents: 5,
        at: '2027-01-01',
        is: true,
        tags: ['x'],
        n: [1],
        t: [true],
        o: [{}],
        e: [],
        m: [1, 'a'],
        in: { deep: 'x' },
      },
      { a: 'y', b: 'z', c_cents: 1.5, at: '2027-01-02T00:00:00Z', is: null, in: {} },
    ])
    expect(
      facts.map(({ path, type, isOptional }) => `${path}: ${type}${isOptional ? '?' : ''}`),
    ).toEqual([
      'a: text',
      'b: mixed',
      'c_cents: number',
      'at: time',
      'is: truth?',
      'tags: text_list?',
      'n: number_list?',
      't: truth_list?',
      'o: structure?',
      'e: mixed?',
      'm: mixed?',
      'in: structure',
      'in.deep: text?',
    ])
    expect(facts[0]).toMatchObject({ example: 'x', source: 'inferred' })
    expect(facts.find(({ path }) => path === 'tags')?.example).toEqual(['x'])
    expect(facts.find(({ path }) => path === 'o')?.example).toBeNull()
  })

  it('are none of names that no rule can read, and none of what is no object', () => {
    expect(inferFacts([5, null, [1], JSON.parse('{"__proto__": 1, "a.b": 2, "": 3}')])).toEqual([])
  })

  it('are bounded in samples, number and depth', () => {
    expect(inferFacts([...Array(samplesMax).fill({}), { a: 1 }])).toEqual([])
    const many = (start: number) =>
      Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`f${start + index}`, 1]))
    expect(inferFacts([many(0), many(400)])).toHaveLength(sampledFactsMax)
    let deep: object = {}
    for (let depth = 0; depth < 50; depth++) deep = { a: deep }
    expect(inferFacts([deep])).toHaveLength(schemaDepthMax)
  })

  it('keep the values that both list', () => {
    const fact = {
      ...builtInFacts[0],
      path: 'a',
      type: 'text',
      label: 'a',
      example: null,
      values: ['x'],
      isOptional: false,
      source: 'schema',
    } as const
    expect(mergedFact(fact, { ...fact, values: ['y'], example: 'y' })).toMatchObject({
      values: ['x', 'y'],
      example: 'y',
    })
    expect(mergedFact(fact, { ...fact, values: null }).values).toBeNull()
  })
})
