import { readdirSync, readFileSync } from 'node:fs'
import { type ProblemCode, problems } from '@pineos/contract/problems.ts'
import { problemsOf, type Route } from '@pineos/contract/route.ts'
import { routes } from '@pineos/contract/routes.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, createApi } from './harness/api.ts'
import { expectProblem } from './harness/problem.ts'
import { type RunningService, startService } from './harness/service.ts'

/** Codes that no answer over HTTP can have, each with the reason and the test that provokes it. */
const unanswerable: Readonly<Partial<Record<ProblemCode, { reason: string; test: string }>>> = {
  shutting_down: {
    reason: 'The journal stops only after the last request was answered.',
    test: '../server/journal/journal.db.test.ts',
  },
  not_due: {
    reason: 'The service asks by itself, and only for what is due.',
    test: '../core/ledger/debt-and-expiry.test.ts',
  },
}

// Object.keys loses the literal type; the catalogue is the only source of its keys.
const codes = Object.keys(problems) as readonly ProblemCode[]

function sourceOf(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
}

describe('the problem catalogue', () => {
  // Each of these tests holds the answer against the catalogue: type, title and status.
  it.each(codes)('%s is provoked by a test', (code) => {
    const elsewhere = unanswerable[code]
    const files = elsewhere
      ? [elsewhere.test]
      : readdirSync(new URL('.', import.meta.url)).filter(
          (name) => name.endsWith('.test.ts') && name !== 'problems.test.ts',
        )
    const provokers = files.filter((name) => sourceOf(name).includes(`'${code}'`))
    expect(provokers).not.toEqual([])
  })

  it('has stable codes in snake case, sentences for people and an error status', () => {
    for (const code of codes) {
      const { status, title, help } = problems[code]
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
      expect(title).toMatch(/^[A-Z].*[^.]$/)
      expect(help).toMatch(/^[A-Z`].*\.$/)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(600)
    }
  })
})

describe('the documentation of the problems', () => {
  let service: RunningService
  let api: Api

  beforeAll(async () => {
    service = await startService()
    api = createApi(service)
  })
  afterAll(async () => {
    await service.stop()
  })

  it('lists every code of the catalogue with its status, and no others', async () => {
    const page = await api.send('/docs/problems', {})
    expect(page.status).toBe(200)
    const rows = [...String(page.body).matchAll(/<tr id="([^"]+)".*?<td>(\d{3})<\/td>/g)]
    const documented = Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))
    const wanted = Object.fromEntries(codes.map((code) => [code, problems[code].status]))
    expect(documented).toEqual(wanted)
  })

  it('is where the type of a problem points at', async () => {
    const problem = expectProblem(await api.get('/nothing'), 'route_not_found')
    const [path, anchor] = problem.type.split('#')
    const page = await api.send(path, {})
    expect(page.body).toContain(`id="${anchor}"`)
  })

  it('is in the OpenAPI document too: each route lists what it can be refused with', async () => {
    const { body } = await api.send('/openapi.json', {})
    const listed = new Set<string>()
    for (const route of Object.values(routes) as Route[]) {
      const { responses } = body.paths[route.path][route.method.toLowerCase()]
      for (const code of problemsOf(route)) {
        listed.add(code)
        const { content } = responses[problems[code].status]
        const named = Object.keys(content['application/problem+json'].examples)
        expect(named, `${route.method} ${route.path}`).toContain(code)
      }
    }
    // These are answered before a route is found, or where there is none.
    expect(codes.filter((code) => !listed.has(code)).sort()).toEqual([
      'method_not_allowed',
      'not_due',
      'request_malformed',
      'request_timeout',
      'route_not_found',
    ])
  })
})
