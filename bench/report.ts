import type { LoadResult } from './load.ts'

/** One measured figure beside its baseline, with the ratio it is to reach. */
export interface Figure {
  readonly name: string
  readonly measured: LoadResult
  readonly baselineName: string
  readonly baseline: LoadResult
  readonly ratioMin: number
}

export function printHeading(text: string): void {
  printLine(`\n## ${text}`)
}

export function printFigure({ name, measured, baseline, baselineName, ratioMin }: Figure): void {
  const ratio = measured.perSecond / baseline.perSecond
  const verdict = ratio >= ratioMin ? 'reached' : 'MISSED'
  printLine(
    `${name}: ${rate(measured)}; ${baselineName}: ${rate(baseline)}; ratio ${ratio.toFixed(2)}, target ${ratioMin}: ${verdict}`,
  )
}

function rate({ perSecond, latencyMs, failures }: LoadResult): string {
  const failed = failures > 0 ? `, ${failures} FAILED` : ''
  return `${Math.round(perSecond)}/s (p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms${failed})`
}

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** The result in the middle, by rate. */
export function medianOf(results: readonly LoadResult[]): LoadResult {
  const sorted = [...results].sort((a, b) => a.perSecond - b.perSecond)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (!middle) throw new Error('nothing was measured')
  return middle
}
