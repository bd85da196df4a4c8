import { expect, test } from 'vitest'
import type { Principal } from './principal.ts'
import {
  createPrincipalCache,
  knownKeysMax,
  knownMsMax,
  lookUpsMax,
  unknownMsMax,
  unknownSecretsMax,
} from './principal-cache.ts'

const alice: Principal = { keyId: 'key-1', ownerId: 'default', scopes: new Set(['ledger:read']) }

/** A cache before a store whose answers the test gives, with a clock that the test moves. */
function cacheBeforeStore(answer: (digest: string) => Promise<Principal | undefined>) {
  let nowMs = 1_000_000
  const asked: string[] = []
  const cache = createPrincipalCache({
    load: (digest) => {
      asked.push(digest)
      return answer(digest)
    },
    clock: { now: () => new Date(nowMs) },
  })
  return {
    cache,
    asked,
    wait: (ms: number) => {
      nowMs += ms
    },
  }
}

function laterAnswer<Value>() {
  let resolve: (value: Value) => void = () => undefined
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve: (value: Value) => resolve(value) }
}

test('asks once for a known key until its time is over', async () => {
  const { cache, asked, wait } = cacheBeforeStore(async () => alice)
  expect(await cache.get('a')).toBe(alice)
  wait(knownMsMax - 1)
  expect(await cache.get('a')).toBe(alice)
  expect(asked).toHaveLength(1)
  wait(1)
  await cache.get('a')
  expect(asked).toHaveLength(2)
})

test('asks once for an unknown secret until its time is over', async () => {
  const { cache, asked, wait } = cacheBeforeStore(async () => undefined)
  expect(await cache.get('a')).toBeUndefined()
  wait(unknownMsMax - 1)
  await cache.get('a')
  expect(asked).toHaveLength(1)
  wait(1)
  await cache.get('a')
  expect(asked).toHaveLength(2)
})

// The contract says that a revoked key is refused everywhere within ten seconds.
test('trusts no answer for ten seconds', () => {
  expect(knownMsMax).toBeLessThan(10_000)
  expect(unknownMsMax).toBeLessThanOrEqual(2_000)
})

test('counts the time of an answer from the question, not from when it came', async () => {
  const answer = laterAnswer<Principal>()
  const { cache, asked, wait } = cacheBeforeStore(() => answer.promise)
  const first = cache.get('a')
  wait(knownMsMax)
  answer.resolve(alice)
  await first
  await cache.get('a')
  expect(asked).toHaveLength(2)
})

test('trusts nothing from the future after the clock was set back', async () => {
  const { cache, asked, wait } = cacheBeforeStore(async () => alice)
  await cache.get('a')
  wait(-3_600_000)
  await cache.get('a')
  expect(asked).toHaveLength(2)
})

test('shares one look-up among requests of the same moment', async () => {
  const { cache, asked } = cacheBeforeStore(async () => alice)
  const answers = await Promise.all(Array.from({ length: 500 }, () => cache.get('a')))
  expect(new Set(answers)).toEqual(new Set([alice]))
  expect(asked).toHaveLength(1)
})

test('keeps no failure', async () => {
  const answers = [() => Promise.reject(new Error('gone')), () => Promise.resolve(alice)]
  const { cache } = cacheBeforeStore(async () => answers.shift()?.())
  await expect(cache.get('a')).rejects.toThrow('gone')
  expect(await cache.get('a')).toBe(alice)
})

// Otherwise a look-up that began before a revocation would put the key back after it.
test('keeps nothing of a look-up that was under way when the cache was cleared', async () => {
  const before = laterAnswer<Principal>()
  const answers = [before.promise, Promise.resolve(undefined)]
  const { cache } = cacheBeforeStore(() => answers.shift() ?? Promise.resolve(undefined))
  const asking = cache.get('a')
  cache.clear()
  expect(await cache.get('a')).toBeUndefined()
  before.resolve(alice)
  expect(await asking).toBe(alice)
  expect(await cache.get('a')).toBeUndefined()
})

test('refuses more look-ups at once than its limit, and works again afterwards', async () => {
  const answer = laterAnswer<undefined>()
  const { cache } = cacheBeforeStore(() => answer.promise)
  const asking = Array.from({ length: lookUpsMax }, (_, index) => cache.get(`secret-${index}`))
  await expect(cache.get('one more')).rejects.toMatchObject({ code: 'database_unavailable' })
  answer.resolve(undefined)
  await Promise.all(asking)
  expect(await cache.get('one more')).toBeUndefined()
})

test('forgets the oldest key and the oldest unknown secret beyond its bounds', async () => {
  const { cache, asked } = cacheBeforeStore(async (digest) =>
    digest.startsWith('k') ? alice : undefined,
  )
  for (let index = 0; index <= knownKeysMax; index++) await cache.get(`k${index}`)
  for (let index = 0; index <= unknownSecretsMax; index++) await cache.get(`u${index}`)
  asked.length = 0
  for (const digest of ['k1', 'u1', 'k0', 'u0']) await cache.get(digest)
  expect(asked).toEqual(['k0', 'u0'])
})
