import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { compressFiles } from './compress.mjs'

const require = createRequire(import.meta.url)

/** The browser files of Swagger UI and ReDoc, so that the running service needs no packages. */
export async function buildDocumentation({ outDir }) {
  const swagger = join(dirname(require.resolve('@fastify/swagger-ui')), 'static')
  const redoc = join(dirname(require.resolve('redoc/package.json')), 'bundles')
  await rm(outDir, { recursive: true, force: true })
  await mkdir(outDir, { recursive: true })
  for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
    await copyFile(join(swagger, name), join(outDir, name))
  }
  // Without the source map, which is not here to be found, and without a logo from elsewhere.
  const script = await readFile(join(redoc, 'redoc.standalone.js'), 'utf8')
  const own = script
    .replace(/\n\/\/# sourceMappingURL=.*$/, '')
    .replaceAll(/https:\/\/cdn\.redoc\.ly\/[\w./-]+/g, 'data:,')
  await writeFile(join(outDir, 'redoc.standalone.js'), own)
  await copyFile(
    join(redoc, 'redoc.standalone.js.LICENSE.txt'),
    join(outDir, 'redoc.standalone.js.LICENSE.txt'),
  )
  await compressFiles(outDir)
}
