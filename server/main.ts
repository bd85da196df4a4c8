import process from 'node:process'
import { runProgram } from './cli/program.ts'

// The code is set rather than the process ended: `start` returns while it serves.
process.exitCode = await runProgram(process.argv.slice(2))
