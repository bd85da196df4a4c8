import { realpathSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { buildDocumentation } from './build-documentation.mjs'
import { buildServer, buildVerifier } from './build-server.mjs'
import { buildWeb } from './build-web.mjs'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Builds everything that the service runs from: server/dist and web/dist; and verifier/dist. */
export async function buildAll() {
  const start = performance.now()
  await Promise.all([
    buildServer(root),
    buildVerifier(root),
    buildDocumentation({ outDir: `${root}/server/dist/documentation` }),
    buildWeb({ root }),
  ])
  process.stdout.write(`Built in ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
}

/** True where this file was started and not imported; the path may lead through symbolic links. */
function isStarted() {
  const [, started] = process.argv
  return started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)
}

if (isStarted()) await buildAll()
