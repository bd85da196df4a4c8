import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSecret, newSecret, secretDigest, secretPrefix } from './secret.ts'

test('makes secrets of pk_ and 43 characters of base 62 that are all different', () => {
  const secrets = Array.from({ length: 1_000 }, () => newSecret(randomBytes))
  expect(new Set(secrets).size).toBe(1_000)
  for (const secret of secrets) expect(secret).toMatch(/^pk_[0-9A-Za-z]{43}$/)
})

test('favours no character: bytes that would are thrown away', () => {
  // 248 to 255 taken modulo 62 would make the first eight letters more frequent.
  const chunks = [
    new Uint8Array(43).fill(248),
    new Uint8Array(43).fill(255),
    new Uint8Array(43).fill(61),
  ]
  expect(newSecret(() => chunks.shift() ?? new Uint8Array(43))).toBe(`pk_${'z'.repeat(43)}`)
})

test('gives away at most a quarter of a secret as its prefix, and never more than 11 characters', () => {
  const secretText = fc.string({ unit: 'grapheme-ascii', minLength: 16, maxLength: 255 })
  fc.assert(
    fc.property(secretText, (secret) => {
      const prefix = secretPrefix(secret)
      expect(secret.startsWith(prefix)).toBe(true)
      expect(prefix.length).toBeGreaterThanOrEqual(4)
      expect(prefix.length).toBeLessThanOrEqual(Math.min(11, secret.length / 4))
    }),
  )
})

test('takes for a secret only 16 to 255 visible ASCII characters', () => {
  expect(isSecret('x'.repeat(16))).toBe(true)
  expect(isSecret('x'.repeat(255))).toBe(true)
  for (const text of [
    '',
    'x'.repeat(15),
    'x'.repeat(256),
    `${'x'.repeat(16)} `,
    `${'x'.repeat(16)}\0`,
  ]) {
    expect(isSecret(text)).toBe(false)
  }
})

test('hashes with SHA-256', () => {
  // The value of `printf abc | sha256sum`, FIPS 180-4.
  expect(secretDigest('abc')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})
