import { readFileSync } from 'node:fs'

/** A document that cannot be read as what it should be; told in a sentence. */
export class DocumentFailure extends Error {}

export interface Head {
  readonly origin: string
  readonly treeSize: number
  readonly rootHash: Buffer
  readonly signedAt: string
  readonly keyId: string
  readonly signature: Buffer
}

export interface InclusionProof {
  readonly entryId: string
  readonly leaf: string
  readonly leafHash: Buffer
  readonly leafIndex: number
  readonly treeSize: number
  readonly path: readonly Buffer[]
  readonly head: Head
}

export interface ConsistencyProof {
  readonly from: number
  readonly to: number
  readonly path: readonly Buffer[]
}

/** The heads of a file: one as JSON, or one on each line as a witness keeps them. */
export function readHeads(path: string): readonly Head[] {
  const text = readText(path)
  const whole = parse(text)
  if (whole !== undefined) return [headOf(new Fields(path, whole))]
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0) throw new DocumentFailure(`${path} is empty`)
  return lines.map((line, index) => headOf(new Fields(`${path}, line ${index + 1},`, parse(line))))
}

export function readInclusionProof(path: string): InclusionProof {
  const fields = new Fields(path, parse(readText(path)))
  return {
    entryId: fields.text('entry_id'),
    leaf: fields.text('leaf'),
    leafHash: fields.hash('leaf_hash'),
    leafIndex: fields.whole('leaf_index'),
    treeSize: fields.whole('tree_size'),
    path: fields.hashes('path'),
    head: headOf(new Fields(`the head in ${path}`, fields.value('head'))),
  }
}

export function readConsistencyProof(path: string): ConsistencyProof {
  const fields = new Fields(path, parse(readText(path)))
  return { from: fields.whole('from'), to: fields.whole('to'), path: fields.hashes('path') }
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new DocumentFailure(`${path} cannot be read: ${(error as Error).message}`)
  }
}

function headOf(fields: Fields): Head {
  return {
    origin: fields.text('origin'),
    treeSize: fields.whole('tree_size'),
    rootHash: fields.hash('root_hash'),
    signedAt: fields.text('signed_at'),
    keyId: fields.text('key_id'),
    signature: Buffer.from(fields.text('signature'), 'base64'),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The members of a JSON object, each of the kind that is asked for. */
class Fields {
  readonly #where: string
  readonly #members: Readonly<Record<string, unknown>>

  constructor(where: string, value: unknown) {
    if (typeof value !== 'object' || value === null)
      throw new DocumentFailure(`${where} is not a JSON object`)
    this.#where = where
    // An object has members of some kind; each is looked at before it is used.
    this.#members = value as Readonly<Record<string, unknown>>
  }

  value(name: string): unknown {
    return this.#members[name]
  }

  text(name: string): string {
    const value = this.#members[name]
    // In what was signed, a line break would let one head be read as another.
    if (typeof value === 'string' && (name === 'leaf' || !value.includes('\n'))) return value
    throw new DocumentFailure(`${this.#where} has no text ${name}`)
  }

  whole(name: string): number {
    const value = this.#members[name]
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    throw new DocumentFailure(`${this.#where} has no whole number ${name}`)
  }

  hash(name: string): Buffer {
    return this.#hashOf(this.#members[name], name)
  }

  hashes(name: string): readonly Buffer[] {
    const value = this.#members[name]
    if (Array.isArray(value)) return value.map((item: unknown) => this.#hashOf(item, name))
    throw new DocumentFailure(`${this.#where} has no list ${name}`)
  }

  #hashOf(value: unknown, name: string): Buffer {
    if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return Buffer.from(value, 'hex')
    throw new DocumentFailure(`${this.#where} has no SHA-256 in hexadecimal in ${name}`)
  }
}
