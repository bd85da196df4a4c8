/** `npx tsx bench/rules.ts`: the cost of an event by the number of rules, beside the engines of npm. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { printHeading, printLine } from './report.ts'
import type { EngineRun } from './rules-engine-run.ts'
import { otherEngines } from './rules-other-engines.ts'
import { ownEngines } from './rules-own-engines.ts'

const { values: options } = parseArgs({
  options: {
    rules: { type: 'string', default: '10,100,1000,10000' },
    rounds: { type: 'string', default: '3' },
    ms: { type: 'string', default: '1000' },
    /** Ours alone, without the packages of the others. */
    own: { type: 'boolean', default: false },
  },
})
const here = fileURLToPath(new URL('.', import.meta.url))
const compiledJsonLogic = 'json-logic-engine 5.0.7, compiled'
const [ours, traced] = Object.keys(ownEngines)

if (!options.own) installOthers()
printLine(`Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}`)
printLine('CPU microseconds per event (user + system), one process each, matches checked before')
const names = [...Object.keys(ownEngines), ...(options.own ? [] : Object.keys(otherEngines))]
for (const count of options.rules.split(',').map(Number)) measure(count)
printHeading('A live set')
printLine(run('rules-live.ts', []).trim())

function installOthers(): void {
  const folder = `${here}rules-engines`
  if (existsSync(`${folder}/node_modules/json-rules-engine`)) return
  printLine(`Installing the engines to compare with into ${folder} …`)
  // Without a lock: some of their packages for other platforms are not to be had everywhere, and a lock
  // that lacks them is refused. Their own versions are exact.
  const installing = ['install', '--ignore-scripts', '--no-package-lock']
  const { status } = spawnSync('npm', installing, { cwd: folder, stdio: 'inherit' })
  if (status === 0) return
  printLine('They cannot be installed here. With --own this engine is measured alone.')
  process.exit(1)
}

function measure(count: number): void {
  printHeading(`${count} rules`)
  const runs = new Map<string, EngineRun>()
  for (const name of names) {
    const args = ['--engine', name, '--rules', String(count), '--rounds', options.rounds]
    // The run prints the shape that is imported from it.
    const result = JSON.parse(
      run('rules-engine-run.ts', [...args, '--ms', options.ms]),
    ) as EngineRun
    runs.set(name, result)
    printLine(lineOf(name, result, runs))
  }
  const us = (name: string | undefined) => runs.get(name ?? '')?.usPerEvent ?? Number.NaN
  const others = Object.keys(otherEngines).map(us)
  const fastest = Math.min(...others)
  if (options.own) return
  printLine(
    `the fastest of the others takes ${(fastest / us(ours)).toFixed(1)} times as long, ` +
      `${(fastest / us(traced)).toFixed(1)} times as long as with a trace; ` +
      `this engine takes ${(us(ours) / us(compiledJsonLogic)).toFixed(2)} times compiled JSONLogic`,
  )
}

function lineOf(name: string, result: EngineRun, runs: ReadonlyMap<string, EngineRun>): string {
  const own = runs.get(ours ?? '')?.usPerEvent ?? result.usPerEvent
  return [
    name.padEnd(40),
    result.usPerEvent.toFixed(2).padStart(12),
    `${(result.usPerEvent / own).toFixed(1)} ×`.padStart(12),
    `prepared in ${result.prepareUsPerRule.toFixed(1)} µs a rule`.padStart(34),
    `${result.matchPercent.toFixed(2)} % match in ${result.eventsChecked} events`.padStart(34),
  ].join('')
}

function run(file: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', `${here}${file}`, ...args],
    { encoding: 'utf8', cwd: `${here}..` },
  )
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${status}: ${stderr}`)
  return stdout
}
