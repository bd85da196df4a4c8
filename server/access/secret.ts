import { hash } from 'node:crypto'

export const secretCharactersMin = 16
export const secretCharactersMax = 255
const visibleAscii = /^[\x21-\x7e]+$/

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 43 characters of 62 carry 256 bits. */
const randomCharacters = 43
/** Bytes from here on are thrown away: taken modulo 62 they would favour the first letters. */
const fairBytesEnd = 256 - (256 % alphabet.length)
const prefixCharactersMax = 11

export type RandomBytes = (size: number) => Uint8Array

/** A new secret: `pk_` (by which scanners find leaked ones) and 256 random bits in base 62. */
export function newSecret(randomBytes: RandomBytes): string {
  let characters = ''
  while (characters.length < randomCharacters) {
    for (const byte of randomBytes(randomCharacters)) {
      if (byte < fairBytesEnd) characters += alphabet.charAt(byte % alphabet.length)
    }
  }
  return `pk_${characters.slice(0, randomCharacters)}`
}

/** True for what could be a secret at all: 16 to 255 visible ASCII characters. */
export function isSecret(text: string): boolean {
  return (
    text.length >= secretCharactersMin &&
    text.length <= secretCharactersMax &&
    visibleAscii.test(text)
  )
}

/** SHA-256 of the whole secret in hexadecimal: what is stored, and what a key is looked up by. */
export function secretDigest(secret: string): string {
  return hash('sha256', secret, 'hex')
}

/** The characters by which people recognise a key: never more than a quarter of the secret. */
export function secretPrefix(secret: string): string {
  return secret.slice(0, Math.min(prefixCharactersMax, Math.floor(secret.length / 4)))
}
