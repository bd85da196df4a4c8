import process from 'node:process'
import { gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { build } from 'vite'

const scriptBytesMax = 150 * 1024

/** The user interface in web/dist; nothing is written elsewhere. Fails where it grows past its budget. */
export async function buildWeb({ root }) {
  const result = await build({
    root: `${root}/web`,
    configFile: false,
    logLevel: 'warn',
    cacheDir: `${root}/web/dist/.cache`,
    plugins: [react()],
    build: {
      outDir: 'dist',
      emptyOutDir: true,
      sourcemap: false,
      reportCompressedSize: false,
      modulePreload: { polyfill: false },
    },
  })
  const scripts = result.output.filter((file) => file.type === 'chunk')
  const bytes = scripts.reduce((sum, file) => sum + gzipSync(file.code).length, 0)
  process.stdout.write(`User interface: ${Math.round(bytes / 1024)} kB of scripts, compressed\n`)
  if (bytes > scriptBytesMax) {
    throw new Error(
      `the scripts of the user interface pass their budget of ${scriptBytesMax / 1024} kB`,
    )
  }
}
