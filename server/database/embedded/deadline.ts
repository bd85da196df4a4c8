import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks `condition` again and again until it gives something other than undefined, for at most
 * `timeoutMs`. Undefined means that the time is over.
 */
export async function awaitCondition<Value>(
  condition: () => Value | undefined | Promise<Value | undefined>,
  options: { readonly timeoutMs: number; readonly intervalMs: number },
): Promise<Value | undefined> {
  const end = performance.now() + options.timeoutMs
  for (;;) {
    const value = await condition()
    if (value !== undefined) return value
    if (performance.now() >= end) return undefined
    await sleep(options.intervalMs)
  }
}
