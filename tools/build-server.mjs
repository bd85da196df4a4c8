import { cp, rm } from 'node:fs/promises'
import { build } from 'esbuild'

// CommonJS dependencies of the bundle ask for Node's modules by `require`.
const requireBanner =
  "import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(import.meta.url);"

/**
 * Bundles an entry point with everything it imports, so that nothing but Node is needed to run it. The
 * programs of the embedded PostgreSQL are files, found at run time.
 */
export async function bundle(entryPoint, outfile) {
  await build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: 'linked',
    sourcesContent: false,
    external: ['pg-native'],
    banner: { js: requireBanner },
    logLevel: 'error',
  })
}

/** The service in server/dist, with its migrations beside it. */
export async function buildServer(root) {
  const outDir = `${root}/server/dist`
  await rm(`${outDir}/migrations`, { recursive: true, force: true })
  await bundle(`${root}/server/main.ts`, `${outDir}/main.js`)
  await cp(`${root}/server/migrations`, `${outDir}/migrations`, { recursive: true })
}

/** The verifier of the log, one file that needs nothing of the service. */
export async function buildVerifier(root) {
  await bundle(`${root}/verifier/main.ts`, `${root}/verifier/dist/verify-log.js`)
}
