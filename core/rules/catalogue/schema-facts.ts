import type { ValidationError } from '@pineos/contract/primitives.ts'
import { parsePath, type Scalar } from '../language/facts.ts'
import { Faults, pointerToken } from '../language/fault.ts'
import { kindOf } from '../language/operand.ts'
import { isGiven, type Members, type Part, readList, readMembers } from '../language/part.ts'
import { isTextWithin } from '../language/text.ts'
import type { Fact, FactType } from './fact.ts'
import {
  labelCharactersMax,
  schemaDepthMax,
  schemaFactsMax,
  schemaTextCharactersMax,
  schemaValuesMax,
} from './limits.ts'
import { isMoneyPath } from './money-path.ts'

/** What a schema says of the data of one type of event. */
export interface SchemaFacts {
  readonly facts: readonly Fact[]
  /** Objects that can have members beside those that are described; '' is the data itself. */
  readonly openPaths: readonly string[]
}

export type SchemaReading =
  | ({ readonly ok: true } & SchemaFacts)
  | { readonly ok: false; readonly faults: readonly ValidationError[] }

const schemaMembers = [
  '$schema',
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'format',
  'title',
  'description',
  'examples',
] as const
type SchemaParts = Members<(typeof schemaMembers)[number]>

/** The types of JSON Schema (draft 2020-12) that are understood. */
const jsonTypes = ['object', 'array', 'string', 'number', 'integer', 'boolean'] as const
type JsonType = (typeof jsonTypes)[number]

/**
 * The facts that a JSON Schema (draft 2020-12) describes, of the part of that language which names and
 * types members. What says more than that is refused with a pointer to it, not ignored.
 */
export function readSchema(json: unknown): SchemaReading {
  const context: SchemaContext = {
    faults: new Faults(),
    facts: [],
    openPaths: [],
    isFull: false,
  }
  const place = { part: { value: json, pointer: '' }, path: '', depth: 1, isOptional: false }
  readNode(place, context)
  const { faults, facts, openPaths } = context
  return faults.list.length === 0
    ? { ok: true, facts, openPaths }
    : { ok: false, faults: faults.list }
}

interface SchemaContext {
  readonly faults: Faults
  readonly facts: Fact[]
  readonly openPaths: string[]
  /** Whether there were more members than are read. */
  isFull: boolean
}

interface SchemaPlace {
  readonly part: Part
  readonly path: string
  readonly depth: number
  readonly isOptional: boolean
}

function readNode(place: SchemaPlace, context: SchemaContext): void {
  const { part, path, depth } = place
  const { faults } = context
  if (depth > schemaDepthMax) {
    faults.add(part.pointer, 'limit', `Schemas are nested at most ${schemaDepthMax} deep.`)
    return
  }
  const parts = readMembers(part, schemaMembers, faults)
  if (!parts) return
  const { type, isNullable } = readType(parts.type, context)
  if (path === '' && type !== 'object' && type !== undefined)
    faults.add(parts.type.pointer, 'enum', 'The data of an event is an object.')
  if (type === 'object') readObject(parts, place, context)
  if (path === '' || type === undefined) return
  if (context.facts.length >= schemaFactsMax) {
    if (!context.isFull)
      faults.add(part.pointer, 'limit', `A schema has at most ${schemaFactsMax} members.`)
    context.isFull = true
    return
  }
  const isOptional = place.isOptional || isNullable
  context.facts.push(factOf(parts, { type, path, isOptional }, context))
}

/** The type, and whether null can stand in its place. */
function readType(
  { value, pointer }: Part,
  { faults }: SchemaContext,
): { readonly type: JsonType | undefined; readonly isNullable: boolean } {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value]
  const types = names.filter((name) => name !== 'null')
  const type = jsonTypes.find((name) => name === types[0])
  if (type !== undefined && types.length === 1 && names.length <= 2)
    return { type, isNullable: names.length === 2 }
  const detail = `Give one of ${jsonTypes.join(', ')}, alone or in a list with null.`
  faults.add(pointer, value === undefined ? 'required' : 'enum', detail)
  return { type: undefined, isNullable: false }
}

function readObject(parts: SchemaParts, place: SchemaPlace, context: SchemaContext): void {
  const { faults } = context
  const { properties, additionalProperties } = parts
  if (additionalProperties.value !== false) context.openPaths.push(place.path)
  if (isGiven(additionalProperties) && typeof additionalProperties.value !== 'boolean')
    faults.add(additionalProperties.pointer, 'type', 'Give true or false.')
  const required = new Set(readRequired(parts.required, context))
  if (!isGiven(properties)) return
  const { value, pointer } = properties
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    faults.add(pointer, 'type', 'Give an object with a schema for each member.')
    return
  }
  for (const [name, schema] of Object.entries(value)) {
    if (context.isFull) break
    const part = { value: schema, pointer: `${pointer}/${pointerToken(name)}` }
    readProperty({ name, part, isRequired: required.has(name) }, place, context)
  }
}

function readProperty(
  { name, part, isRequired }: { name: string; part: Part; isRequired: boolean },
  place: SchemaPlace,
  context: SchemaContext,
): void {
  const path = place.path === '' ? name : `${place.path}.${name}`
  const parsed = name.includes('.') ? 'A name must not contain a dot.' : parsePath(path)
  if (typeof parsed === 'string') {
    context.faults.add(part.pointer, 'path', parsed)
    return
  }
  const isOptional = place.isOptional || !isRequired
  readNode({ part, path, depth: place.depth + 1, isOptional }, context)
}

function readRequired(part: Part, { faults }: SchemaContext): readonly string[] {
  if (!isGiven(part)) return []
  const bounds = { itemsMin: 0, itemsMax: schemaFactsMax, what: 'names' }
  return readList(part, bounds, faults).flatMap(({ value, pointer }) => {
    if (typeof value === 'string') return [value]
    faults.add(pointer, 'type', 'Give the name of a member.')
    return []
  })
}

function factOf(
  parts: SchemaParts,
  { type, path, isOptional }: { type: JsonType; path: string; isOptional: boolean },
  context: SchemaContext,
): Fact {
  const values = readValues(parts.enum, context)
  const examples = readValues(parts.examples, context)
  const name = path.slice(path.lastIndexOf('.') + 1).replaceAll('_', ' ')
  return {
    path,
    type: factTypeOf(type, path, parts, context),
    label: readLabel(parts.title, context) ?? readLabel(parts.description, context) ?? name,
    example: examples?.[0] ?? values?.[0] ?? null,
    values,
    isOptional,
    source: 'schema',
  }
}

function factTypeOf(
  type: JsonType,
  path: string,
  { items, format }: SchemaParts,
  context: SchemaContext,
): FactType {
  const { faults } = context
  if (isGiven(items) && type !== 'array')
    faults.add(items.pointer, 'conflict', 'Only an array has items.')
  const isTime = readFormat(format, type, context)
  switch (type) {
    case 'object':
      return 'structure'
    case 'array':
      return isGiven(items) ? listTypeOf(items, context) : 'structure'
    case 'string':
      return isTime ? 'time' : 'text'
    case 'boolean':
      return 'truth'
    case 'integer':
    case 'number':
      return isMoneyPath(path) ? 'money' : 'number'
  }
}

function readFormat({ value, pointer }: Part, type: JsonType, { faults }: SchemaContext): boolean {
  if (value === undefined) return false
  const isTime = type === 'string' && (value === 'date-time' || value === 'date')
  if (!isTime) faults.add(pointer, 'enum', 'Give date-time or date, of a string.')
  return isTime
}

const listTypes: Readonly<Record<JsonType, FactType>> = {
  string: 'text_list',
  number: 'number_list',
  integer: 'number_list',
  boolean: 'truth_list',
  object: 'structure',
  array: 'structure',
}

/** Members of the objects in a list have no path, so that nothing of them is read but what they are. */
function listTypeOf(items: Part, context: SchemaContext): FactType {
  const parts = readMembers(items, schemaMembers, context.faults)
  if (!parts) return 'structure'
  const { type } = readType(parts.type, context)
  return type === undefined ? 'structure' : listTypes[type]
}

function readLabel({ value, pointer }: Part, { faults }: SchemaContext): string | undefined {
  if (value === undefined) return undefined
  if (isTextWithin(value, schemaTextCharactersMax)) return value.slice(0, labelCharactersMax)
  faults.add(pointer, 'type', `Give a text of 1 to ${schemaTextCharactersMax} characters.`)
  return undefined
}

function readValues(part: Part, { faults }: SchemaContext): readonly Scalar[] | null {
  if (!isGiven(part)) return null
  const bounds = { itemsMax: schemaValuesMax, what: 'values' }
  return readList(part, bounds, faults).flatMap(({ value, pointer }) => {
    if (isScalar(value)) return [value]
    // Of objects and lists no value can be compared; null says that the member can be absent.
    if (typeof value !== 'object') faults.add(pointer, 'type', 'Give text, a number or a truth.')
    return []
  })
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' ? value.length <= schemaTextCharactersMax : kindOf(value) !== 0
}
