import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { settingNames } from '@pineos/server/config/settings.ts'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { copiesOf, environmentOf, execFormOf, parseDockerfile, textsOf } from './dockerfile.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8')

const stages = parseDockerfile(read('deploy/Dockerfile'))
const [build, runtime] = stages
if (!build || !runtime)
  throw new Error('deploy/Dockerfile must have a build stage and a runtime stage')

interface ComposeService {
  readonly image?: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly environment: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
}
const compose = parse(read('compose.yaml')) as {
  readonly services: Readonly<Record<'database' | 'service', ComposeService>>
  readonly volumes: Readonly<Record<string, unknown>>
}
const { database, service } = compose.services

/** The port that the image serves on, by its own settings. */
const port = environmentOf(runtime)['PORT']

describe('the Dockerfile', () => {
  it('copies nothing into the build that the repository does not have or the context leaves out', () => {
    const sources = copiesOf(build).flatMap((copy) => copy.sources)
    expect(sources.filter((source) => !existsSync(`${root}${source}`))).toEqual([])
    expect(sources.filter(isIgnored)).toEqual([])
  })

  it('copies the manifest of every workspace before it installs', () => {
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] }
    const sources = copiesOf(build).flatMap((copy) => copy.sources)
    for (const workspace of workspaces) expect(sources).toContain(`${workspace}/package.json`)
  })

  it('runs no script that the repository does not have', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const run = textsOf(build.instructions, 'RUN').flatMap(
      (text) => /^npm run (\S+)/.exec(text)?.[1] ?? [],
    )
    expect(run).toEqual(['build'])
    for (const name of run) expect(scripts).toHaveProperty(name)
  })

  it('copies into the image what the repository has once it is built, from the stage that builds', () => {
    for (const { from, sources } of copiesOf(runtime)) {
      expect(from).toBe(build.name)
      for (const source of sources) {
        expect(source).toMatch(/^\/build\//)
        const path = source.slice('/build/'.length)
        expect(existsSync(`${root}${path}`), `${path}; to build it: npm run build`).toBe(true)
      }
    }
  })

  it('starts a file that it has copied, without a shell between it and the signals', () => {
    const [program, , file = '', command] = execFormOf(runtime, 'CMD')
    expect([program, command]).toEqual(['node', 'start'])
    const targets = copiesOf(runtime).map((copy) => copy.target)
    expect(targets.some((target) => file.startsWith(`${target}/`))).toBe(true)
    expect(textsOf(runtime.instructions, 'STOPSIGNAL')).toEqual(['SIGTERM'])
  })

  // Otherwise the service would be slower here than what was measured.
  it('gives the service the same options of Node as npm start and the benchmarks', () => {
    const [, option = ''] = execFormOf(runtime, 'CMD')
    expect(option).toMatch(/^--max-semi-space-size=\d+$/)
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    expect(scripts['start']).toBe(`node ${option} tools/start.mjs`)
    expect(read('bench/bench-service.ts')).toContain(`'${option}'`)
  })

  it('runs as a user that is not root and has an entry in passwd', () => {
    const [user = ''] = textsOf(runtime.instructions, 'USER')
    const [id] = /^[1-9]\d*(?=:)/.exec(user) ?? []
    expect(id).toBeDefined()
    expect(textsOf(runtime.instructions, 'RUN').join('\n')).toContain(`useradd --uid ${id} `)
  })

  it('asks about its health by a program that the image has, at the port that it serves on', () => {
    const [, program, , script] = ['', ...execFormOf(runtime, 'HEALTHCHECK')]
    expect(program).toBe('node')
    expect(script).toContain('/readyz')
    expect(script).toContain('process.env.PORT')
    expect(textsOf(runtime.instructions, 'EXPOSE')).toEqual([port])
  })

  it('sets no variable that the service does not know', () => {
    const own = Object.keys(environmentOf(runtime)).filter((name) => name !== 'NODE_ENV')
    expect(own.filter((name) => !isSetting(name))).toEqual([])
  })

  it('is built from images of one version of Node, which the service supports', () => {
    expect(new Set(stages.map((stage) => stage.image)).size).toBe(1)
    expect(build.image).toMatch(/^node:(2[0-9])-\w+-slim$/)
  })
})

describe('compose.yaml', () => {
  it('builds from a Dockerfile and a context that are there', () => {
    expect(existsSync(`${root}${service.build?.context}`)).toBe(true)
    expect(existsSync(`${root}${service.build?.dockerfile}`)).toBe(true)
  })

  it('sets no variable that the service does not know', () => {
    expect(Object.keys(service.environment).filter((name) => !isSetting(name))).toEqual([])
  })

  it('publishes the port on which the service listens, to this machine alone', () => {
    expect(service.ports).toHaveLength(1)
    const [published = ''] = service.ports ?? []
    expect(published).toMatch(/^127\.0\.0\.1:/)
    expect(published.split(':').at(-1)).toBe(port)
    expect(service.environment['PORT'] ?? port).toBe(port)
  })

  it('connects to the database that it starts, with the user, password and name given there', () => {
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = database.environment
    expect(service.environment['DATABASE_URL']).toBe(
      `postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@database:5432/${POSTGRES_DB}`,
    )
  })

  it('starts the service once the database is healthy, and knows how to tell', () => {
    expect(service.depends_on).toEqual({ database: { condition: 'service_healthy' } })
    expect(database.healthcheck?.test.slice(0, 2)).toEqual(['CMD', 'pg_isready'])
  })

  // Mounted at the place of earlier images, /var/lib/postgresql/data, the data would be lost.
  it('keeps the data of PostgreSQL 18 in a volume that it declares', () => {
    expect(database.image).toBe('postgres:18')
    const [name = '', target] = database.volumes?.[0]?.split(':') ?? []
    expect(target).toBe('/var/lib/postgresql')
    expect(compose.volumes).toHaveProperty(name)
  })

  it('lets the service write nowhere but to /tmp and gain no rights', () => {
    expect(service).toMatchObject({
      read_only: true,
      tmpfs: ['/tmp'],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      init: true,
    })
  })
})

describe('.dockerignore', () => {
  it.each(['.env', '.git', 'data', 'node_modules', 'web/node_modules', 'server/dist', 'a/npm.log'])(
    'leaves %s out of the build context',
    (path) => expect(isIgnored(path)).toBe(true),
  )
})

function isSetting(name: string): boolean {
  return settingNames.some((known) => name === known || name === `${known}_FILE`)
}

/** As Docker reads the forms that our file uses: a path from the root, `**` for any depth, `*` for a name. */
function isIgnored(path: string): boolean {
  const patterns = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  return patterns.some((pattern) => {
    const source = pattern
      .replace(/[.+]/g, '\\$&')
      .replaceAll('**/', '(?:[^/]+/){0,}')
      .replace(/(?<!\))\*/g, '[^/]*')
    return new RegExp(`^${source}(?:/|$)`).test(path)
  })
}
