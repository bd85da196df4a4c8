import type { Clock } from '../clock.ts'
import { Failure } from '../failure.ts'
import type { Principal } from './principal.ts'

/**
 * How long a known key is trusted without asking the database. The contract promises that a revoked
 * key is refused everywhere within ten seconds; the rest is for the look-up itself.
 */
export const knownMsMax = 8_000
/** How long an unknown secret stays refused; short, so that a new key works at once everywhere. */
export const unknownMsMax = 2_000
export const knownKeysMax = 10_000
export const unknownSecretsMax = 10_000
/** Look-ups of different secrets under way at once; a flood of guesses must not take the pool. */
export const lookUpsMax = 64

export interface PrincipalCache {
  /**
   * The principal behind the digest of a secret, or undefined where there is none.
   * @throws Failure `database_unavailable` where too many look-ups wait already; what `load` throws
   */
  get(digest: string): Promise<Principal | undefined>
  /** Forgets everything, look-ups under way included: what they find is not kept. */
  clear(): void
}

/**
 * Keeps what `load` found for a few seconds, for each process by itself. Requests that ask for the
 * same secret at the same time share one look-up. Failed look-ups are not kept.
 */
export function createPrincipalCache(options: {
  readonly load: (digest: string) => Promise<Principal | undefined>
  readonly clock: Clock
}): PrincipalCache {
  const { load, clock } = options
  const known = new Map<string, { readonly principal: Principal; readonly askedAtMs: number }>()
  const unknown = new Map<string, { readonly askedAtMs: number }>()
  const loading = new Map<string, Promise<Principal | undefined>>()

  async function lookUp(digest: string, askedAtMs: number): Promise<Principal | undefined> {
    if (loading.size >= lookUpsMax) {
      throw new Failure('database_unavailable', 'Too many API keys are being looked up.')
    }
    const lookup = load(digest)
    loading.set(digest, lookup)
    try {
      const principal = await lookup
      // Another look-up, or none, stands here if the cache was cleared meanwhile: then this answer
      // may be from before the change and must not outlive the requests that already wait for it.
      if (loading.get(digest) === lookup) {
        if (principal) keep(known, digest, { principal, askedAtMs }, knownKeysMax)
        else keep(unknown, digest, { askedAtMs }, unknownSecretsMax)
      }
      return principal
    } finally {
      if (loading.get(digest) === lookup) loading.delete(digest)
    }
  }

  return {
    async get(digest) {
      const nowMs = clock.now().getTime()
      const kept = known.get(digest)
      if (kept && isFresh(kept.askedAtMs, nowMs, knownMsMax)) return kept.principal
      const refused = unknown.get(digest)
      if (refused && isFresh(refused.askedAtMs, nowMs, unknownMsMax)) return undefined
      return loading.get(digest) ?? lookUp(digest, nowMs)
    },
    clear() {
      known.clear()
      unknown.clear()
      loading.clear()
    },
  }
}

/** False also when the clock was set back, which would otherwise keep an answer for too long. */
function isFresh(askedAtMs: number, nowMs: number, ageMsMax: number): boolean {
  return nowMs >= askedAtMs && nowMs < askedAtMs + ageMsMax
}

/** Sets a value and drops the one set the longest ago when the map would grow past its bound. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value, sizeMax: number): void {
  map.delete(key)
  const oldest = map.keys().next()
  if (map.size >= sizeMax && !oldest.done) map.delete(oldest.value)
  map.set(key, value)
}
