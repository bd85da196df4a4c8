import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { buildDocumentation } from './build-documentation.mjs'
import { buildServer } from './build-server.mjs'
import { buildWeb } from './build-web.mjs'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Builds everything that the service runs from: server/dist and web/dist. */
export async function buildAll() {
  const start = performance.now()
  await Promise.all([
    buildServer(root),
    buildDocumentation({ outDir: `${root}/server/dist/documentation` }),
    buildWeb({ root }),
  ])
  process.stdout.write(`Built in ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll()
