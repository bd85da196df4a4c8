import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { formats } from './formats.ts'
import { openApiDocument } from './openapi.ts'
import { problemsOf } from './route.ts'
import { routes } from './routes.ts'

const document = openApiDocument({ version: '1.2.3', problemsUrl: '/docs/problems' })

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(document))
    expect(result.errors ?? []).toEqual([])
    expect(result.valid).toBe(true)
  })

  it('has every route under its name, its scope and its problems', () => {
    const { paths } = document as {
      paths: Record<
        string,
        Record<string, { operationId: string; responses: Record<string, unknown> }>
      >
    }
    for (const [name, route] of Object.entries(routes)) {
      const operation = paths[route.path]?.[route.method.toLowerCase()]
      expect(operation?.operationId).toBe(name)
      const text = JSON.stringify(operation?.responses)
      for (const code of problemsOf(route)) expect(text).toContain(`"${code}"`)
      for (const status of Object.keys(route.replies))
        expect(operation?.responses).toHaveProperty(status)
    }
  })

  it('gives no example that its own schema refuses', () => {
    const ajv = new Ajv2020({ strict: false, formats: { ...formats } })
    ajv.addSchema({ $id: 'document', components: document['components'] })
    const examples = examplesIn(document)
    expect(examples.length).toBeGreaterThan(100)
    for (const { schema, example, at } of examples) {
      const validate = ajv.compile(resolvable(schema))
      expect(validate(example) ? [] : validate.errors, `${at}: ${JSON.stringify(example)}`).toEqual(
        [],
      )
    }
  })
})

it('refuses two different schemas with one title', () => {
  const reply = (name: string) => Type.Object({ [name]: Type.String() }, { title: 'Thing' })
  const describeBoth = (first: string, second: string) =>
    openApiDocument({
      version: '1.2.3',
      problemsUrl: '/docs/problems',
      routes: {
        first: { ...routes.livez, path: '/first', replies: { 200: reply(first) } },
        second: { ...routes.livez, path: '/second', replies: { 200: reply(second) } },
      },
    })
  expect(() => describeBoth('a', 'a')).not.toThrow()
  expect(() => describeBoth('a', 'b')).toThrow('two schemas have the title Thing')
})

interface Example {
  readonly schema: object
  readonly example: unknown
  readonly at: string
}

function examplesIn(value: unknown, at = ''): Example[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.entries(value).flatMap(([name, member]) =>
    examplesIn(member, `${at}/${name}`),
  )
  // Of the members of an object, one may be called so.
  if (!('examples' in value) || at.endsWith('/properties')) return inside
  const { examples } = value
  const schema = 'schema' in value ? (value.schema as object) : value
  if (Array.isArray(examples))
    return [...inside, ...examples.map((example) => ({ schema, example, at }))]
  const named = Object.values(examples as Record<string, { value: unknown }>)
  return [...inside, ...named.map((example) => ({ schema, example: example.value, at }))]
}

/** The schema with its references leading into the document. */
function resolvable(schema: object): object {
  return JSON.parse(
    JSON.stringify(schema).replaceAll('"#/components', '"document#/components'),
  ) as object
}
