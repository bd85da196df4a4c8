/** Processor time of this process, its native threads included, in microseconds. */
export function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

export interface Rounds {
  readonly count: number
  readonly ms: number
}

/** The median of rounds of the processor time of one step, which is given its number. */
export async function cpuUsPerStep(
  step: (index: number) => unknown,
  { count, ms }: Rounds,
): Promise<number> {
  const rounds: number[] = []
  // The first round warms up the compilers of Node.
  for (let round = 0; round <= count; round++) rounds.push(await oneRound(step, ms))
  const sorted = rounds.slice(1).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

const stepsBetweenLooks = 10
const stepsMin = 3

async function oneRound(step: (index: number) => unknown, ms: number): Promise<number> {
  const startedUs = cpuUs()
  const endAt = performance.now() + ms
  let done = 0
  while (performance.now() < endAt || done < stepsMin) {
    // The clock is asked once in ten steps: asking it costs as much as a small set does.
    for (let more = 0; more < stepsBetweenLooks; more++) {
      const result = step(done)
      done += 1
      if (!(result instanceof Promise)) continue
      await result
      // Who answers later may take a second over one step.
      if (performance.now() >= endAt && done >= stepsMin) break
    }
  }
  return (cpuUs() - startedUs) / done
}
