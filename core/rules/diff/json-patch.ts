import { pointerToken } from '../language/fault.ts'

/** One operation of a JSON Patch (RFC 6902). */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/** The value with the operations applied in their order, itself unchanged; undefined where one does not fit it. */
export function applyPatch(json: unknown, patch: readonly JsonPatchOperation[]): unknown {
  let value = json
  for (const operation of patch) {
    const changed = change(value, tokensOf(operation.path), operation)
    if (changed === undefined) return undefined
    value = changed.value
  }
  return value
}

/** The tokens of a JSON pointer (RFC 6901). */
export function tokensOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The pointer of a member or an item of what another points to. */
export function childPointer(pointer: string, name: string | number): string {
  return `${pointer}/${pointerToken(String(name))}`
}

/** The value that is pointed to; undefined where there is none. */
export function valueAt(json: unknown, pointer: string): unknown {
  let value = json
  for (const token of tokensOf(pointer)) {
    // Lists and objects both answer to the names of what they hold.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token))
      return undefined
    value = (value as Readonly<Record<string, unknown>>)[token]
  }
  return value
}

type Changed = { readonly value: unknown } | undefined

function change(value: unknown, tokens: readonly string[], operation: JsonPatchOperation): Changed {
  const [token, ...rest] = tokens
  if (token === undefined) return operation.op === 'remove' ? undefined : operation
  if (Array.isArray(value)) return changeItem(value, token, { rest, operation })
  if (typeof value !== 'object' || value === null) return undefined
  const members = new Map<string, unknown>(Object.entries(value))
  if (rest.length > 0) {
    const changed = members.has(token) ? change(members.get(token), rest, operation) : undefined
    return changed && { value: Object.fromEntries(members.set(token, changed.value)) }
  }
  if (operation.op !== 'add' && !members.has(token)) return undefined
  if (operation.op === 'remove') members.delete(token)
  else members.set(token, operation.value)
  return { value: Object.fromEntries(members) }
}

function changeItem(
  list: readonly unknown[],
  token: string,
  { rest, operation }: { rest: readonly string[]; operation: JsonPatchOperation },
): Changed {
  const index = token === '-' ? list.length : Number(token)
  const isNew = operation.op === 'add' && rest.length === 0
  if (!Number.isSafeInteger(index) || index < 0 || index >= list.length + (isNew ? 1 : 0))
    return undefined
  if (rest.length > 0) {
    const changed = change(list[index], rest, operation)
    return changed && { value: list.with(index, changed.value) }
  }
  if (operation.op === 'add') return { value: list.toSpliced(index, 0, operation.value) }
  return {
    value: operation.op === 'remove' ? list.toSpliced(index, 1) : list.with(index, operation.value),
  }
}
