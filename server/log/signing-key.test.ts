import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { headToWire, isSignedBy, parseHeads, signedBytes, signHead } from './head.ts'
import { readOrMakeSigningKey, readSigningKey, signingKeyFileName } from './signing-key.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pineos-log-key-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

// The first key of RFC 8032 §7.1, as its seed and as the public key that belongs to it.
const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex')
const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'

describe('the signing key', () => {
  it('is read from a seed and from PEM alike', () => {
    const key = readSigningKey(seed.toString('base64'))
    const spki = Buffer.from(
      key?.publicKeyPem.replaceAll(/-----[A-Z ]+-----|\s/g, '') ?? '',
      'base64',
    )
    expect(spki.subarray(-32).toString('hex')).toBe(publicKey)
    const pem = String(key?.privateKey.export({ format: 'pem', type: 'pkcs8' }))
    expect(readSigningKey(pem)?.keyId).toBe(key?.keyId)
  })

  it.each([
    ['nothing', ''],
    [
      'another kind of key',
      String(
        generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
          format: 'pem',
          type: 'pkcs8',
        }),
      ),
    ],
    ['a public key', readSigningKey(seed.toString('base64'))?.publicKeyPem ?? 'x'],
    ['a seed that is too short', seed.subarray(1).toString('base64')],
  ])('is not read from %s', (_what, text) => {
    expect(readSigningKey(text)).toBeUndefined()
  })

  it('is made once, for its user alone, and is the same from then on', async () => {
    const made = await readOrMakeSigningKey(join(directory, 'new'))
    const path = join(directory, 'new', signingKeyFileName)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect((await readOrMakeSigningKey(join(directory, 'new'))).keyId).toBe(made.keyId)
    expect(readdirSync(join(directory, 'new'))).toEqual([signingKeyFileName])
  })

  // Two keys of one directory would make heads that the other process calls forged.
  it('is one, whichever of several that start at once makes it', async () => {
    const keys = await Promise.all(
      Array.from({ length: 12 }, () => readOrMakeSigningKey(directory)),
    )
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(1)
    expect(readdirSync(directory)).toEqual([signingKeyFileName])
  })

  it('is not made anew where the file of the old one is broken', async () => {
    writeFileSync(join(directory, signingKeyFileName), 'not a key')
    await expect(readOrMakeSigningKey(directory)).rejects.toThrow('does not hold an Ed25519 key')
  })
})

describe('a head', () => {
  const key = readSigningKey(seed.toString('base64'))
  if (!key) throw new Error('the seed is none')
  const content = {
    origin: 'example.com/log',
    treeSize: 3,
    rootHash: Buffer.alloc(32, 1),
    signedAt: '2027-01-31T12:00:00.000Z',
  }

  it('signs the body of a checkpoint with a line for the time', () => {
    expect(signedBytes(content).toString()).toBe(
      'example.com/log\n3\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\nsigned_at 2027-01-31T12:00:00.000Z\n',
    )
    const head = signHead(content, key)
    expect(isSignedBy(head, key.privateKey)).toBe(true)
    expect(isSignedBy({ ...head, treeSize: 4 }, key.privateKey)).toBe(false)
  })

  it('comes back from its JSON, alone or a line each, and from nothing else', () => {
    const head = signHead(content, key)
    const text = JSON.stringify(headToWire(head))
    expect(parseHeads(text)).toEqual([head])
    expect(parseHeads(JSON.stringify(headToWire(head), null, 2))).toEqual([head])
    expect(parseHeads(`${text}\n${text}\n`)).toEqual([head, head])
    for (const other of ['', '{}', 'x', `${text}\nx`, '[]']) {
      expect(parseHeads(other)).toBeUndefined()
    }
  })
})
