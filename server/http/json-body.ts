import { isUtf8 } from 'node:buffer'
import { isStorableText } from '@pineos/contract/formats.ts'
import type { FastifyInstance } from 'fastify'
import secureJsonParse from 'secure-json-parse'
import { Failure } from '../failure.ts'

export const jsonDepthMax = 32

/** Takes JSON bodies and nothing else; whatever could not be kept or compared later is refused here. */
export function registerJsonBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body as Buffer))
    } catch (error) {
      done(error as Error)
    }
  })
}

/** Parses a body. Fails with `body_malformed`, saying what is wrong with it. */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) return undefined
  if (!isUtf8(body)) throw malformed('it is not valid UTF-8')
  let value: unknown
  try {
    value = secureJsonParse.parse(body.toString('utf8'), {
      protoAction: 'error',
      constructorAction: 'error',
    })
  } catch (error) {
    throw malformed((error as Error).message)
  }
  checkJson(value, { depthMax: jsonDepthMax, refusal: malformed })
  return value
}

interface JsonBounds {
  readonly depthMax: number
  /** Makes the error to throw out of what is wrong. */
  readonly refusal: (reason: string) => Error
}

/** Throws where a parsed value could not be kept or compared later. */
export function checkJson(value: unknown, bounds: JsonBounds, depth = 1): void {
  const { depthMax, refusal } = bounds
  if (typeof value === 'string') {
    if (!isStorableText(value)) throw refusal('a string holds a NUL character or a lone surrogate')
    return
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refusal('a number is larger than any that can be kept')
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (depth > depthMax) throw refusal(`it is nested deeper than ${depthMax}`)
  if (Array.isArray(value)) {
    for (const item of value) checkJson(item, bounds, depth + 1)
    return
  }
  for (const name in value) {
    if (!isStorableText(name)) throw refusal('a name holds a NUL character or a lone surrogate')
    checkJson((value as Readonly<Record<string, unknown>>)[name], bounds, depth + 1)
  }
}

function malformed(reason: string): Failure {
  return new Failure('body_malformed', `The body cannot be taken: ${reason}.`)
}
