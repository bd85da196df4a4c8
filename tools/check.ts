/** `npm test`: every check there is, each counted, all of them run whatever fails before. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'pineos-check-'))

/** Checks that pass or fail as a whole; each counts as one test. */
const checks: readonly (readonly [title: string, command: readonly string[]])[] = [
  ['Build', ['node', 'tools/build.mjs']],
  ['Types', ['tsc', '--project', '.']],
  ['Types of the user interface', ['tsc', '--project', 'web']],
  ['Lint and format', ['biome', 'ci', '--error-on-warnings']],
  ['Dead code', ['knip']],
  ['Generated files are current', ['tsx', 'tools/generate.ts', '--check']],
]

let passed = 0
let failed = 0
for (const [title, command] of checks)
  count(run(title, command) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })
runTests('Unit, database and repository tests', ['unit', 'db', 'tidy'], ['--coverage'])
runTests('Acceptance tests', ['acceptance'], [])
// One file after the other: storms and crashes are not to starve what others wait for.
runTests('Fault tests', ['faults'], ['--no-file-parallelism'])
rmSync(directory, { recursive: true, force: true })

process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 && passed > checks.length ? 0 : 1

interface Counts {
  readonly passed: number
  readonly failed: number
}

function count(counts: Counts): void {
  passed += counts.passed
  failed += counts.failed
}

function run(title: string, [command = '', ...args]: readonly string[]): boolean {
  process.stdout.write(`\n== ${title}\n`)
  const path = join(root, 'node_modules', '.bin', command)
  const { status } = spawnSync(existsSync(path) ? path : command, args, {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.stdout.write(`== ${title}: FAILED\n`)
  return status === 0
}

function runTests(title: string, projects: readonly string[], options: readonly string[]): void {
  const report = join(directory, `${projects[0]}.json`)
  const selected = projects.map((project) => `--project=${project}`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const isGood = run(title, ['vitest', 'run', ...selected, ...reporters, ...options])
  const counts = testCounts(report)
  // Coverage below its bounds, or an error outside of every test, fails the run as well.
  count(isGood || counts.failed > 0 ? counts : { ...counts, failed: 1 })
}

/** What vitest has counted. A test that did not run has not passed, and neither has a broken run. */
function testCounts(report: string): Counts {
  try {
    const { numTotalTests, numPassedTests } = JSON.parse(readFileSync(report, 'utf8')) as {
      numTotalTests: number
      numPassedTests: number
    }
    return { passed: numPassedTests, failed: numTotalTests - numPassedTests }
  } catch {
    return { passed: 0, failed: 1 }
  }
}
