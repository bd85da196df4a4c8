import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { varyByAccept } from './media-type.ts'

const assetSecondsMax = 365 * 24 * 3_600

// The component library sets styles while it runs; scripts come from files alone.
const uiPolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** Answers a browser with the user interface; true where it did. */
export type SendUserInterface = (request: FastifyRequest, reply: FastifyReply) => boolean

/** The user interface of the built files; one that answers nobody where it was not built. */
export function createUserInterface(webDir: string): {
  register(app: FastifyInstance): Promise<void>
  send: SendUserInterface
} {
  const index = join(webDir, 'index.html')
  const html = existsSync(index) ? readFileSync(index, 'utf8') : undefined
  return {
    async register(app) {
      if (html === undefined) return
      await app.register(fastifyStatic, {
        root: join(webDir, 'assets'),
        prefix: '/assets/',
        // Their names carry a digest of their content, so they never change.
        maxAge: assetSecondsMax * 1_000,
        immutable: true,
        preCompressed: true,
        decorateReply: false,
        index: false,
      })
    },
    send(request, reply) {
      if (html === undefined) return false
      // For both answers: a cache is not to give a program the page, nor a browser the JSON.
      varyByAccept(reply)
      if (!wantsHtml(request)) return false
      reply
        .headers({ 'content-security-policy': uiPolicy, 'cache-control': 'no-cache' })
        .type('text/html; charset=utf-8')
        .send(html)
      return true
    },
  }
}

/** Browsers name HTML first; programs that take anything get JSON. */
function wantsHtml(request: FastifyRequest): boolean {
  return /\btext\/html\b/.test(request.headers.accept ?? '')
}
