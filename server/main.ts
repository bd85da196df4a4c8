import process from 'node:process'
import { exitCodes, runProgram } from './cli/program.ts'

const exitCode = await runProgram(process.argv.slice(2))
// `start` returns while it serves, so a good end is left to come by itself. A failed one is not: a
// connection that stayed open must not keep a process alive that nobody can use.
if (exitCode !== exitCodes.done) process.exit(exitCode)
