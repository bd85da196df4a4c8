import type { FastifyReply } from 'fastify'

/** Adds to what the answer varies by already, as by Origin where other origins are let in. */
export function varyByAccept(reply: FastifyReply): void {
  const present = reply.getHeader('vary')
  reply.header('vary', present === undefined ? 'Accept' : `${String(present)}, Accept`)
}

/**
 * The one of the media types that an Accept header wants most, by RFC 9110, 12.5.1: of each the most
 * specific range counts. The first where it wants several alike, any of them, or none.
 */
export function preferredMediaType<Offered extends string>(
  accept: string | undefined,
  offered: readonly [Offered, ...Offered[]],
): Offered {
  const ranges = (accept ?? '*/*').split(',').map(rangeOf)
  let preferred = offered[0]
  for (const mediaType of offered) {
    if (weightOf(mediaType, ranges) > weightOf(preferred, ranges)) preferred = mediaType
  }
  return preferred
}

interface MediaRange {
  readonly name: string
  readonly weight: number
}

function rangeOf(text: string): MediaRange {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))
  const value = weight === undefined ? 1 : Number(weight.split('=')[1])
  return { name, weight: value >= 0 && value <= 1 ? value : 0 }
}

function weightOf(mediaType: string, ranges: readonly MediaRange[]): number {
  const names = [mediaType, `${mediaType.split('/')[0]}/*`, '*/*']
  for (const name of names) {
    const found = ranges.find((range) => range.name === name)
    if (found) return found.weight
  }
  return 0
}
