import process from 'node:process'
import { type Config, loadConfig, readEnvironment } from '../config.ts'
import { runDemo } from '../demo/demo.ts'
import { createLog } from '../observability/log.ts'
import { readFirstKey } from './first-key.ts'

/** Standard output as the demo writes to it: a progress bar in a terminal, lines elsewhere. */
export const demoOutput = {
  output: process.stdout,
  isInteractive: process.stdout.isTTY === true,
}

/**
 * Feeds the example events to a running service, which is the local one and opened with its own key
 * unless told otherwise. Gives whether its proof of zero is right.
 * @throws Error where no key is known, the service cannot be reached or refuses the key
 */
export async function runDemoCommand(options: {
  readonly url?: string
  readonly key?: string
}): Promise<boolean> {
  const config = loadConfig(readEnvironment())
  const apiKey = options.key ?? config.bootstrapApiKey ?? (await readFirstKey(config.dataDir))
  if (apiKey === undefined) {
    throw new Error('No API key is known here. Give one with --key, or start the service first.')
  }
  const { verification } = await runDemo({
    baseUrl: options.url ?? localUrl(config),
    apiKey,
    ...demoOutput,
    log: createLog('warn'),
  })
  return verification.ok
}

// What a service that listens on every address can be reached by from the same machine.
const loopbacks: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

function localUrl({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const reachable = loopbacks[host] ?? host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
