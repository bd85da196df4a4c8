import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Scope } from '@pineos/contract/scopes.ts'
import type { RunningService } from './service.ts'

const bundle = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url))

export interface OwnedKey {
  readonly id: string
  readonly secret: string
}

/** A key of another owner: a second person, whom only the command line can make. */
export async function createKeyOf(
  owner: string,
  scopes: readonly Scope[],
  service: Pick<RunningService, 'databaseUrl'>,
): Promise<OwnedKey> {
  const args = ['keys', 'create', '--name', owner, '--owner', owner, '--scopes', scopes.join()]
  const { stdout } = await promisify(execFile)(process.execPath, [bundle, ...args, '--json'], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATABASE_URL: service.databaseUrl,
    },
  })
  const { data, secret } = JSON.parse(stdout) as { data: { id: string }; secret: string }
  return { id: data.id, secret }
}
