import process from 'node:process'

/** Where a command writes: what was asked for to `print`, what a person should know to `warn`. */
export interface Terminal {
  print(text: string): void
  warn(text: string): void
}

/** Standard output and standard error of the process. */
export const processTerminal: Terminal = {
  print: (text) => void process.stdout.write(`${text}\n`),
  warn: (text) => void process.stderr.write(`${text}\n`),
}
