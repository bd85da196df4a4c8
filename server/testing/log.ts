import { generateKeyPairSync } from 'node:crypto'
import type pg from 'pg'
import { systemClock } from '../clock.ts'
import { createOwnKey } from '../log/own-key.ts'
import { createSealer, type Sealer } from '../log/sealer.ts'

/** The private key of the heads of a test, in PEM. */
export const testSigningKey = String(
  generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }),
)

/** A real sealer on a test database. */
export function openSealer(
  pool: pg.Pool,
  options: { readonly log?: (message: string) => void; readonly key?: string } = {},
): Sealer {
  const given = options.key ?? testSigningKey
  return createSealer({
    pool,
    clock: systemClock,
    origin: 'test',
    ownKey: createOwnKey({ pool, clock: systemClock, given, dataDir: '/nowhere' }),
    log: options.log ?? (() => {}),
  })
}
