import process from 'node:process'
import { buildAll } from './build.mjs'

process.stdout.write('Building\n')
await buildAll()
// In this same process, so that Ctrl-C and SIGTERM reach the service itself.
process.argv.splice(2, 0, 'start')
await import('../server/dist/main.js')
