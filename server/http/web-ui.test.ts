import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createUserInterface } from './web-ui.ts'

const page = '<!doctype html><title>Overview</title>'
const script = 'document.title = "Overview"'
const browserAccept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

let webDir: string
let app: FastifyInstance

beforeEach(async () => {
  webDir = await mkdtemp(join(tmpdir(), 'pineos-web-'))
})
afterEach(async () => {
  await app.close()
  await rm(webDir, { recursive: true })
})

async function build(): Promise<void> {
  await mkdir(join(webDir, 'assets'))
  await writeFile(join(webDir, 'index.html'), page)
  await writeFile(join(webDir, 'assets', 'index-1a2b.js'), script)
  await writeFile(join(webDir, 'assets', 'index-1a2b.js.gz'), gzipSync(script))
}

/** An application whose `/` gives JSON where the user interface answers nobody. */
async function start(headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const userInterface = createUserInterface(webDir)
  app = Fastify()
  app.get('/', (request, reply) => {
    reply.headers(headers)
    if (!userInterface.send(request, reply)) reply.send({ name: 'service' })
  })
  await userInterface.register(app)
}

describe('the user interface', () => {
  it('is given to browsers, and JSON to programs, each told apart in caches', async () => {
    await build()
    await start()
    const browser = await app.inject({ url: '/', headers: { accept: browserAccept } })
    expect(browser.body).toBe(page)
    expect(browser.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      vary: 'Accept',
    })
    const program = await app.inject({ url: '/', headers: { accept: '*/*' } })
    expect(program.json()).toEqual({ name: 'service' })
    expect(program.headers['vary']).toBe('Accept')
  })

  it('keeps what the answer varies by already', async () => {
    await build()
    await start({ vary: 'Origin' })
    const { headers } = await app.inject({ url: '/', headers: { accept: browserAccept } })
    expect(headers['vary']).toBe('Origin, Accept')
  })

  it('lets the page run no script but those of files', async () => {
    await build()
    await start()
    const { headers } = await app.inject({ url: '/', headers: { accept: browserAccept } })
    const policy = String(headers['content-security-policy']).split('; ')
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
  })

  it('gives its files for good, compressed where that is accepted', async () => {
    await build()
    await start()
    const url = '/assets/index-1a2b.js'
    const plain = await app.inject({ url })
    expect(plain.body).toBe(script)
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    const packed = await app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } })
    expect(packed.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'application/javascript; charset=utf-8',
    })
    expect(String(packed.headers['vary'])).toMatch(/accept-encoding/i)
    expect(gunzipSync(packed.rawPayload).toString()).toBe(script)
  })

  it('gives no file from outside of its folder, and none that is not there', async () => {
    await build()
    await start()
    for (const url of ['/assets/../index.html', '/assets/%2e%2e/index.html', '/assets/absent.js']) {
      expect((await app.inject({ url })).statusCode).toBe(404)
    }
  })

  it('answers nobody where it was not built', async () => {
    await start()
    const { body } = await app.inject({ url: '/', headers: { accept: browserAccept } })
    expect(JSON.parse(body)).toEqual({ name: 'service' })
  })
})
