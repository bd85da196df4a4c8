import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Assets } from '../assets.ts'

/** Registers what is served beside the API. */
export async function registerPages(
  _app: FastifyInstance,
  _options: { assets: Assets; version: string },
): Promise<void> {}

export function sendUserInterface(_request: FastifyRequest, _reply: FastifyReply): boolean {
  return false
}
