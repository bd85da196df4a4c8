import { existsSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { buildServer } from './build-server.mjs'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Builds everything that the service runs from: server/dist and web/dist. */
export async function buildAll() {
  const start = performance.now()
  const parts = [buildServer(root)]
  if (existsSync(`${root}/tools/build-documentation.mjs`)) {
    const { buildDocumentation } = await import('./build-documentation.mjs')
    parts.push(buildDocumentation({ outDir: `${root}/server/dist/documentation` }))
  }
  if (existsSync(`${root}/tools/build-web.mjs`)) {
    const { buildWeb } = await import('./build-web.mjs')
    parts.push(buildWeb({ root }))
  }
  await Promise.all(parts)
  process.stdout.write(`Built in ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll()
