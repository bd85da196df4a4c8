import { isJsonObject, type Json, type JsonObject } from './finding.ts'

/** The path of `{"var": "path"}`, which reads a fact and has no value to fall back on. */
export function pathOfVar(value: Json | undefined): string | undefined {
  if (!isJsonObject(value) || Object.keys(value).length !== 1) return undefined
  const path = argumentsOf(value['var'] ?? null)
  return path.length === 1 && typeof path[0] === 'string' && path[0] !== '' ? path[0] : undefined
}

/** `{"op": x}` is short for `{"op": [x]}`. */
export function argumentsOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [value]
}

export type ComparedKind = 'number' | 'text'

/** How JSONLogic asks for a kind: what turns everything into a number or a text leaves one as it is. */
export const kindTests: Readonly<Record<ComparedKind, (fact: Json) => JsonObject>> = {
  number: (fact) => ({ '===': [{ '+': [fact] }, fact] }),
  text: (fact) => ({ '===': [{ cat: [fact] }, fact] }),
}

const castNames: Readonly<Record<ComparedKind, string>> = { number: '+', text: 'cat' }

/** The fact and the kind that is asked for, where the arguments of `===` are that question. */
export function readKindTest(
  args: readonly Json[],
): { readonly path: string; readonly kind: ComparedKind } | undefined {
  const [cast, fact] = args
  const path = pathOfVar(fact)
  if (path === undefined || !isJsonObject(cast)) return undefined
  for (const kind of ['number', 'text'] as const) {
    if (pathOfVar(castArgument(cast, castNames[kind])) === path) return { path, kind }
  }
  return undefined
}

function castArgument(cast: JsonObject, name: string): Json | undefined {
  const args = Object.hasOwn(cast, name) ? argumentsOf(cast[name] ?? null) : []
  return args.length === 1 && Object.keys(cast).length === 1 ? args[0] : undefined
}

/** How JSONLogic asks for the beginning or the end of a text. */
export const partTests: Readonly<
  Record<'starts_with' | 'ends_with', (fact: Json, part: string) => JsonObject>
> = {
  starts_with: (fact, part) => ({ '===': [{ substr: [fact, 0, part.length] }, part] }),
  ends_with: (fact, part) => ({ '===': [{ substr: [fact, -part.length] }, part] }),
}

/** The fact, the operator and the part, where the arguments of `===` ask for the beginning or the end. */
export function readPartTest(args: readonly Json[]): JsonObject | undefined {
  const [cut, part] = args
  if (!isJsonObject(cut) || typeof part !== 'string' || part === '') return undefined
  const [fact, from, length, ...rest] = argumentsOf(cut['substr'] ?? null)
  const field = pathOfVar(fact)
  if (field === undefined || rest.length > 0) return undefined
  if (from === 0 && length === part.length) return { field, operator: 'starts_with', value: part }
  if (from === -part.length && length === undefined)
    return { field, operator: 'ends_with', value: part }
  return undefined
}
