import type { TSchema } from 'typebox'
import { ProblemDocument } from './primitives.ts'
import { type ProblemCode, problems } from './problems.ts'
import { problemsOf, type Route } from './route.ts'
import { routes as allRoutes } from './routes.ts'
import { scopes } from './scopes.ts'

type Json = Readonly<Record<string, unknown>>

export interface OpenApiOptions {
  /** Version of the service. */
  readonly version: string
  /** Where the problem codes are described; the code is the anchor. */
  readonly problemsUrl: string
  /** The routes to describe; the whole API where they are absent. */
  readonly routes?: Readonly<Record<string, Route>>
}

const tags: readonly { readonly name: Route['tag']; readonly description: string }[] = [
  {
    name: 'Ledger',
    description: 'Entries that are never changed, balances that are always their sum',
  },
  {
    name: 'Adjustments',
    description: 'Corrections by people, above an amount with the approval of a second one',
  },
  {
    name: 'Tamper evidence',
    description:
      'Signed heads of the log of all entries, and proofs that nothing before them changed',
  },
  { name: 'Events', description: 'What happened in your business, judged and rewarded' },
  { name: 'Rules', description: 'Who earns what, and why or why not' },
  { name: 'API keys', description: 'Who may do what' },
  { name: 'Service', description: 'What the service says of itself' },
]

/**
 * The OpenAPI 3.1 document of the route table: the same schemas that check requests and replies.
 * Throws where two different schemas have one title.
 */
export function openApiDocument(options: OpenApiOptions): Json {
  const { version, problemsUrl, routes = allRoutes } = options
  const components = new Components()
  const paths: Record<string, Record<string, Json>> = {}
  for (const [operationId, route] of Object.entries<Route>(routes)) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operation(operationId, route, { components, problemsUrl }),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'PineOS Referral System',
      version,
      description:
        'Referral rewards that a business can trust with money: an immutable double-entry ledger and rules that explain themselves.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags,
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key' } },
    },
  }
}

interface Context {
  readonly components: Components
  readonly problemsUrl: string
}

function operation(operationId: string, route: Route, context: Context): Json {
  const { components } = context
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    description: descriptionOf(route),
    parameters: [
      ...(route.idempotencyKey
        ? [idempotencyKeyParameter(route.idempotencyKey === 'required')]
        : []),
      ...(route.ifMatch ? [ifMatchParameter] : []),
      ...parameters(route.parameters, 'path', components),
      ...parameters(route.query, 'query', components),
    ],
    ...(route.body
      ? {
          requestBody: {
            required: route.bodyOptional !== true,
            content: { 'application/json': { schema: components.refer(route.body) } },
          },
        }
      : {}),
    responses: { ...successes(route, components), ...refusals(route, context) },
    ...(route.scope === 'public'
      ? { security: [] }
      : { security: [{ apiKey: [] }], 'x-scope': route.scope }),
  }
}

function descriptionOf(route: Route): string {
  const needs =
    route.scope === 'public'
      ? 'Needs no API key.'
      : `Needs the scope \`${route.scope}\` (${scopes[route.scope]}).`
  return route.description ? `${route.description}\n\n${needs}` : needs
}

function idempotencyKeyParameter(required: boolean): Json {
  return {
    name: 'Idempotency-Key',
    in: 'header',
    required,
    description:
      'A value of your own for this operation, best a UUID; the same one when you retry it.',
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      examples: ['5f0c7f9e-2f2c-4f0e-9d0a-1b9d8f0f4c11'],
    },
  }
}

const ifMatchParameter: Json = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description:
    'The ETag that you have seen last: the change is refused where somebody else has changed it since.',
  schema: { type: 'string', maxLength: 200, examples: ['"3"'] },
}

const eTagHeader: Json = {
  description: 'The revision of the rule, for If-Match',
  schema: { type: 'string' },
}

function parameters(
  schema: TSchema | undefined,
  place: 'path' | 'query',
  components: Components,
): Json[] {
  if (!schema) return []
  // Parameters are object schemas throughout the contract.
  const { properties, required = [] } = schema as TSchema & {
    properties: Readonly<Record<string, TSchema & { description?: string }>>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(property.description ? { description: property.description } : {}),
    schema: components.refer(property),
  }))
}

function successes(route: Route, components: Components): Json {
  const responses = Object.entries(route.replies).map(([status, schema]) => [
    status,
    {
      description: successPhrases[status] ?? 'The answer',
      headers: {
        'X-Request-Id': {
          description: 'Names the request in logs and problems',
          schema: { type: 'string' },
        },
        ...(route.ifMatch ? { ETag: eTagHeader } : {}),
        ...(route.idempotencyKey && status === '200'
          ? { 'Idempotent-Replayed': replayedHeader }
          : {}),
      },
      content: {
        'application/json': { schema: components.refer(schema) },
        ...(status === '200' ? otherContents(route) : {}),
      },
    },
  ])
  return Object.fromEntries(responses) as Json
}

function otherContents({ otherMediaTypes = {} }: Route): Json {
  return Object.fromEntries(
    Object.entries(otherMediaTypes).map(([mediaType, description]) => [
      mediaType,
      { schema: { type: 'string', description } },
    ]),
  )
}

const successPhrases: Readonly<Record<string, string>> = {
  200: 'The answer; where a key or an event was known, the first answer again',
  201: 'It was done, for the first time',
  202: 'It was taken down and waits for somebody else',
  503: 'Not now',
}
const replayedHeader = {
  description: '`true` where this is the first answer again',
  schema: { type: 'string', const: 'true' },
}

/** The problems of the route under their statuses, with an example for each code. */
function refusals(route: Route, { components, problemsUrl }: Context): Json {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of problemsOf(route)) {
    const { status } = problems[code]
    if (!(status in route.replies)) byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const sorted = [...byStatus].sort(([first], [second]) => first - second)
  return Object.fromEntries(
    sorted.map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join('\n'),
        content: {
          'application/problem+json': {
            schema: components.refer(ProblemDocument),
            examples: Object.fromEntries(
              codes.map((code) => [code, { value: exampleOf(code, problemsUrl) }]),
            ),
          },
        },
      },
    ]),
  )
}

function exampleOf(code: ProblemCode, problemsUrl: string): Json {
  const { status, title, help } = problems[code]
  return {
    type: `${problemsUrl}#${code}`,
    title,
    status,
    detail: help,
    code,
    request_id: '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11',
  }
}

/** Schemas with a title, each written once under it and referred to everywhere else. */
class Components {
  readonly schemas: Record<string, unknown> = {}
  readonly #texts = new Map<string, string>()

  refer(schema: TSchema): unknown {
    return this.#replace(schema)
  }

  #replace(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#replace(item))
    if (typeof value !== 'object' || value === null) return value
    const inner = Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, this.#replace(member)]),
    )
    const title =
      'title' in value && 'type' in value && typeof value.title === 'string'
        ? value.title
        : undefined
    if (title === undefined) return inner
    const text = JSON.stringify(inner)
    if ((this.#texts.get(title) ?? text) !== text)
      throw new Error(`two schemas have the title ${title}`)
    this.#texts.set(title, text)
    this.schemas[title] = inner
    return { $ref: `#/components/schemas/${title}` }
  }
}
