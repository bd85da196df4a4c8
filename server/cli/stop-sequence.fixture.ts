import process from 'node:process'
import { systemClock } from '../clock.ts'
import { createStopSequence } from './stop-sequence.ts'
import { processTerminal } from './terminal.ts'

/** A process for the test beside it. Arguments: the time limit, then what each step does. */
const [timeoutMs, ...behaviours] = process.argv.slice(2)

const steps: Readonly<Record<string, () => Promise<void>>> = {
  works: async () => undefined,
  fails: () => Promise.reject(new Error('this step failed')),
  hangs: () => new Promise(() => undefined),
}

const sequence = createStopSequence({
  timeoutMs: Number(timeoutMs),
  clock: systemClock,
  terminal: processTerminal,
})
for (const behaviour of behaviours) {
  sequence.add(async () => {
    processTerminal.print(`step ${behaviour}`)
    await steps[behaviour]?.()
  })
}
process.on('message', () => {
  throw new Error('nobody caught this')
})
setInterval(() => undefined, 1_000)
processTerminal.print('running')
