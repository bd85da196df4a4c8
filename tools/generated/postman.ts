import type { Route } from '@pineos/contract/route.ts'
import { type RouteName, routes } from '@pineos/contract/routes.ts'
import type { GeneratedFile } from '../generate.ts'
import { type PostmanStep, postmanSteps } from './postman-steps.ts'

/** The Postman collection: every route, in an order in which each has what it needs. */
export const postmanFiles: readonly GeneratedFile[] = [
  {
    file: 'docs/postman/pineos-referral.postman_collection.json',
    content: async () => `${JSON.stringify(collection(), null, 2)}\n`,
  },
]

function collection(): object {
  return {
    info: {
      name: 'PineOS Referral System',
      description: 'Set the variable apiKey, then run the collection from top to bottom.',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{apiKey}}', type: 'string' }] },
    variable: [
      { key: 'baseUrl', value: 'http://127.0.0.1:8000' },
      { key: 'apiKey', value: '' },
      // A user of each run's own, so that it can be run again and again.
      { key: 'userId', value: 'postman-user' },
    ],
    event: [
      script('prerequest', [
        "if (!pm.variables.get('run')) pm.collectionVariables.set('run', pm.variables.replaceIn('{{$guid}}'))",
      ]),
    ],
    item: folders(),
  }
}

function folders(): object[] {
  const byTag = new Map<string, object[]>()
  for (const step of postmanSteps) {
    const route: Route = routes[step.route]
    byTag.set(route.tag, [...(byTag.get(route.tag) ?? []), item(step, route)])
  }
  return [...byTag].map(([name, items]) => ({ name, item: items }))
}

function item(step: PostmanStep, route: Route): object {
  const path = route.path.replaceAll(
    /\{(\w+)\}/g,
    (_part, name: string) => step.parameters?.[name] ?? `{{${name}}}`,
  )
  // Written out: the variables in it keep their braces.
  const pairs = Object.entries(step.query ?? {}).map(([name, value]) => `${name}=${value}`)
  const query = pairs.length > 0 ? `?${pairs.join('&')}` : ''
  const headers = route.idempotencyKey
    ? [{ key: 'Idempotency-Key', value: step.idempotencyKey ?? '{{$guid}}' }]
    : []
  return {
    name: step.title ?? route.summary,
    request: {
      method: route.method,
      ...(route.scope === 'public' ? { auth: { type: 'noauth' } } : {}),
      header: [
        ...headers,
        ...(step.body ? [{ key: 'Content-Type', value: 'application/json' }] : []),
      ],
      url: `{{baseUrl}}${path}${query}`,
      description: route.description ?? route.summary,
      ...(step.body
        ? {
            body: {
              mode: 'raw',
              raw: JSON.stringify(step.body, null, 2),
              options: { raw: { language: 'json' } },
            },
          }
        : {}),
    },
    event: [script('test', testLines(step))],
  }
}

function testLines(step: PostmanStep): string[] {
  const statuses = JSON.stringify(step.statuses)
  return [
    `pm.test(${JSON.stringify(`is answered ${step.statuses.join(' or ')}`)}, () => pm.expect(pm.response.code).to.be.oneOf(${statuses}))`,
    ...Object.entries(step.keep ?? {}).map(
      ([variable, path]) =>
        `pm.collectionVariables.set(${JSON.stringify(variable)}, pm.response.json()${path})`,
    ),
    ...(step.expect ?? []).map(
      ([path, value]) =>
        `pm.test(${JSON.stringify(`answers ${path}`)}, () => pm.expect(pm.response.json()${path}).to.eql(${JSON.stringify(value)}))`,
    ),
  ]
}

function script(listen: 'test' | 'prerequest', exec: readonly string[]): object {
  return { listen, script: { type: 'text/javascript', exec } }
}

/** Routes that no step calls; there must be none. */
export function routesLeftOut(): RouteName[] {
  const called = new Set(postmanSteps.map((step) => step.route))
  // Object.keys loses the literal type; the table is the only source of its keys.
  return (Object.keys(routes) as RouteName[]).filter((name) => !called.has(name))
}
