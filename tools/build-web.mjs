import process from 'node:process'
import react from '@vitejs/plugin-react'
import { build } from 'vite'
import { compressFiles } from './compress.mjs'
import { slimRoutes } from './slim-routes.mjs'

const scriptBytesMax = 150 * 1024

/** The user interface in web/dist; nothing is written elsewhere. Fails where it grows past its budget. */
export async function buildWeb({ root }) {
  await build({
    root: `${root}/web`,
    configFile: false,
    logLevel: 'warn',
    cacheDir: `${root}/web/dist/.cache`,
    plugins: [react(), slimRoutes()],
    build: {
      outDir: 'dist',
      emptyOutDir: true,
      sourcemap: false,
      reportCompressedSize: false,
      modulePreload: { polyfill: false },
    },
  })
  const files = await compressFiles(`${root}/web/dist/assets`)
  const [scripts, styles] = ['.js', '.css'].map((ending) => sizeOf(files, ending))
  process.stdout.write(
    `User interface: ${inKilobytes(scripts)} of scripts, ${inKilobytes(styles)} of styles, compressed\n`,
  )
  if (scripts > scriptBytesMax) {
    throw new Error(
      `the scripts of the user interface pass their budget of ${inKilobytes(scriptBytesMax)}`,
    )
  }
}

function sizeOf(files, ending) {
  return files.reduce((sum, { name, bytes }) => sum + (name.endsWith(ending) ? bytes : 0), 0)
}

function inKilobytes(bytes) {
  return `${Math.round(bytes / 1024)} kB`
}
