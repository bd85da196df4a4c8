const deadlineMs = 15_000
const intervalMs = 10

/** Asks until the condition holds; a condition that does not come true fails with what it waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  }
}
