import { isCurrency } from '@pineos/contract/currency.ts'
import { isTimezone } from '@pineos/core/rules/language/parse-schedule.ts'
import { isSecret, secretCharactersMax, secretCharactersMin } from '../access/secret.ts'
import type { ApprovalThreshold } from '../adjustments/approval-threshold.ts'
import { readSigningKey } from '../log/signing-key.ts'

/**
 * A kind of value that a setting can have. `expects` ends the sentence "expected …"; `read` gives
 * undefined for text that is not of the kind; `show` writes a value as `read` would take it.
 */
export interface Kind<Value> {
  readonly expects: string
  readonly read: (text: string) => Value | undefined
  readonly show: (value: Value) => string
}

const asIs = (value: string): string => value

export function integer(min: number, max: number): Kind<number> {
  return {
    expects: `a whole number from ${min} to ${max}`,
    read: (text) => {
      if (!/^\d{1,15}$/.test(text)) return undefined
      const value = Number(text)
      return value >= min && value <= max ? value : undefined
    },
    show: String,
  }
}

export function oneOf<const Choice extends string>(...choices: readonly Choice[]): Kind<Choice> {
  return {
    expects: `one of ${choices.join(', ')}`,
    read: (text) => choices.find((choice) => choice === text),
    show: asIs,
  }
}

export const boolean: Kind<boolean> = {
  expects: 'true or false',
  read: readBoolean,
  show: String,
}

export const proxyHops: Kind<boolean | number> = {
  expects: 'true, false, or the number of proxies from 1 to 10',
  read: (text) => readBoolean(text) ?? integer(1, 10).read(text),
  show: String,
}

export const host: Kind<string> = {
  expects: 'a host name or an IP address, without scheme and port',
  read: (text) => (/^[A-Za-z0-9.:_-]{1,255}$/.test(text) ? text : undefined),
  show: asIs,
}

export const directory: Kind<string> = {
  expects: 'a path of 1 to 1024 characters',
  read: (text) => (text.length <= 1_024 && !text.includes('\0') ? text : undefined),
  show: asIs,
}

export const currency: Kind<string> = {
  expects: 'an ISO 4217 code in capitals, such as USD',
  read: (text) => (isCurrency(text) ? text : undefined),
  show: asIs,
}

export const timezone: Kind<string> = {
  expects: 'the IANA name of a time zone, such as Europe/Berlin',
  read: (text) => (isTimezone(text) ? text : undefined),
  show: asIs,
}

export const secret: Kind<string> = {
  expects: `${secretCharactersMin} to ${secretCharactersMax} visible ASCII characters, without spaces`,
  read: (text) => (isSecret(text) ? text : undefined),
  show: asIs,
}

export const postgresUrl: Kind<string> = {
  expects: 'a URL postgresql://user:password@host:port/database',
  read: (text) => {
    const url = readUrl(text)
    const isPostgres = url?.protocol === 'postgres:' || url?.protocol === 'postgresql:'
    return isPostgres && url.pathname.length > 1 ? text : undefined
  },
  show: asIs,
}

export const publicUrl: Kind<string> = {
  expects: 'a URL that starts with http:// or https://, without user, query and fragment',
  read: (text) => {
    const url = readUrl(text)
    if (!url || !isWeb(url)) return undefined
    if (url.username || url.password || url.search || url.hash) return undefined
    return url.href.replace(/\/+$/, '')
  },
  show: asIs,
}

export const signingKey: Kind<string> = {
  expects: 'an Ed25519 private key: PEM (PKCS #8), or its seed of 32 bytes in base64',
  read: (text) => (readSigningKey(text) ? text : undefined),
  show: asIs,
}

/** A line of its own in what is signed, so without spaces. */
export const logOrigin: Kind<string> = {
  expects: 'a name of 1 to 255 visible ASCII characters without spaces and plus signs',
  read: (text) => (/^[!-*,-~]{1,255}$/.test(text) ? text : undefined),
  show: asIs,
}

const originsMax = 100

const thresholdsMax = 200

/** One amount for every currency, and amounts of their own for some. */
export const approvalThreshold: Kind<ApprovalThreshold> = {
  expects:
    'a whole number, then amounts for single currencies such as JPY=50000, with commas between',
  read: (text) => {
    const [first = '', ...own] = text.split(',').map((part) => part.trim())
    const otherwiseCents = cents.read(first)
    if (otherwiseCents === undefined || own.length > thresholdsMax) return undefined
    const centsByCurrency: Record<string, number> = {}
    for (const part of own) {
      const [code = '', amount = '', ...rest] = part.split('=')
      const value = cents.read(amount)
      if (value === undefined || rest.length > 0 || !isCurrency(code)) return undefined
      // Two amounts for one currency: it is not known which was meant.
      if (Object.hasOwn(centsByCurrency, code)) return undefined
      centsByCurrency[code] = value
    }
    return { otherwiseCents, centsByCurrency }
  },
  show: ({ otherwiseCents, centsByCurrency }) =>
    [
      String(otherwiseCents),
      ...Object.entries(centsByCurrency).map(([code, amount]) => `${code}=${amount}`),
    ].join(','),
}

const cents = integer(0, 999_999_999_999_999)

/**
 * `*` is refused: any site could then use a key that its visitor's browser has. So is `null`, the
 * origin of sandboxed frames.
 */
export const origins: Kind<readonly string[]> = {
  expects: `at most ${originsMax} origins such as https://shop.example.com with commas between; * is not taken`,
  read: (text) => {
    const given = text.split(',').map((origin) => origin.trim())
    return given.length <= originsMax && given.every(isOrigin) ? given : undefined
  },
  show: (value) => value.join(','),
}

function readBoolean(text: string): boolean | undefined {
  return new Map([
    ['true', true],
    ['false', false],
  ]).get(text)
}

function isOrigin(text: string): boolean {
  const url = readUrl(text)
  return url !== undefined && isWeb(url) && url.origin === text
}

function isWeb(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:'
}

function readUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
