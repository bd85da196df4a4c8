import { readEnvironment, showConfig } from '../config.ts'
import { formatTable } from './table.ts'
import type { Terminal } from './terminal.ts'

/**
 * Shows every setting with the value in effect and where it comes from, secrets masked.
 * @throws ConfigFailure with all faults at once
 */
export function runConfig(options: { json?: true; check?: true }, terminal: Terminal): void {
  const shown = showConfig(readEnvironment())
  if (options.check) {
    terminal.print('The configuration is valid.')
  } else if (options.json) {
    terminal.print(JSON.stringify(shown, null, 2))
  } else {
    const rows = shown.map(({ name, value, unit, source }) => [name, value, unit ?? '', source])
    terminal.print(formatTable(['key', 'value', 'unit', 'from'], rows))
  }
}
