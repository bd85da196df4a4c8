import { type Scope, scopeNames } from '@pineos/contract/scopes.ts'
import { InvalidArgumentError } from 'commander'
import {
  defaultOwnerId,
  isOwnerId,
  keyNameCharactersMax,
  ownerIdCharactersMax,
} from '../access/api-keys.ts'
import { isScope } from '../access/principal.ts'
import { formatTable } from './table.ts'
import type { Terminal } from './terminal.ts'
import { withService } from './with-service.ts'

/** Creates a key and prints its secret, which is shown this once. */
export async function runKeysCreate(
  options: {
    readonly name: string
    readonly scopes: readonly Scope[]
    /** Whose the key is; that of all other keys where it is absent. */
    readonly owner?: string
    readonly json?: true
  },
  terminal: Terminal,
): Promise<void> {
  const { name, scopes, owner: ownerId = defaultOwnerId } = options
  const created = await withService(({ apiKeys }) =>
    apiKeys.create({ name, scopes, ownerId, grantor: 'operator' }),
  )
  if (options.json) {
    terminal.print(JSON.stringify({ data: created.key, secret: created.secret }, null, 2))
    return
  }
  terminal.print(created.secret)
  terminal.warn(`This is the only time the secret of key ${created.key.id} is shown.`)
}

/** Prints every key, oldest first, without secrets. */
export async function runKeysList(
  options: { readonly json?: true },
  terminal: Terminal,
): Promise<void> {
  const keys = await withService(({ apiKeys }) => apiKeys.list())
  if (options.json) {
    terminal.print(JSON.stringify({ keys }, null, 2))
    return
  }
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.owner_id,
    `${key.prefix}…`,
    key.scopes.length === scopeNames.length ? 'all' : key.scopes.join('\n'),
    key.created_at,
    key.last_used_at ?? 'never',
    key.revoked_at ?? '',
  ])
  terminal.print(
    formatTable(
      ['id', 'name', 'owner', 'secret', 'scopes', 'created', 'last used', 'revoked'],
      rows,
    ),
  )
}

/**
 * Revokes a key; revoking again changes nothing.
 * @throws Failure `key_not_found`
 */
export async function runKeysRevoke(id: string, terminal: Terminal): Promise<void> {
  const key = await withService(({ apiKeys }) => apiKeys.revoke(id))
  terminal.print(`Key ${key.id} (${key.name}) is revoked since ${key.revoked_at}.`)
  terminal.warn('Services that run refuse it within ten seconds.')
}

/** `all`, or names of scopes with commas between. */
export function parseScopes(text: string): readonly Scope[] {
  if (text === 'all') return scopeNames
  const names = [...new Set(text.split(',').map((name) => name.trim()))]
  const unknown = names.filter((name) => !isScope(name))
  if (unknown.length > 0) {
    throw new InvalidArgumentError(
      `There is no scope ${unknown.map((name) => JSON.stringify(name)).join(', ')}. Use "all", or some of: ${scopeNames.join(', ')}.`,
    )
  }
  return names.filter(isScope)
}

export function parseKeyName(text: string): string {
  const characters = [...text].length
  if (characters >= 1 && characters <= keyNameCharactersMax) return text
  throw new InvalidArgumentError(`A name has 1 to ${keyNameCharactersMax} characters.`)
}

export function parseOwnerId(text: string): string {
  if (isOwnerId(text)) return text
  throw new InvalidArgumentError(
    `An owner has 1 to ${ownerIdCharactersMax} letters, digits and ._@:- and does not start with "system:".`,
  )
}

export function parseKeyId(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text
  throw new InvalidArgumentError('The id of a key is a UUID; `keys list` shows them.')
}
