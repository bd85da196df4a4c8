import { TreeHead } from '@pineos/contract/log.ts'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { ExportFileFailure } from './export-failure.ts'

const format = 'pineos-ledger-export'
/** Of the form of the lines; a file of a newer one is refused. */
const formatVersion = 1

/** What every version of the format says of itself. */
const AnyHeader = Type.Object({
  record: Type.Literal('header'),
  format: Type.Literal(format),
  version: Type.Integer({ minimum: 1 }),
})

const Header = Type.Object(
  {
    ...AnyHeader.properties,
    exported_at: Type.String(),
    service_version: Type.String(),
    tree_size: Type.Integer({ minimum: 0 }),
    /** The newest; null where there is no entry. */
    head: Type.Union([TreeHead, Type.Null()]),
    /** Lines of each kind, `entry` among them. */
    counts: Type.Record(Type.String(), Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
)
export type Header = Static<typeof Header>

export type HeaderContent = Omit<Header, 'record' | 'format' | 'version'>

export function headerLine(content: HeaderContent): string {
  return JSON.stringify({ record: 'header', format, version: formatVersion, ...content })
}

/** Reads the first line. Throws an ExportFileFailure where it is no header of this version. */
export function parseHeader(line: string): Header {
  const value = parseJson(line)
  if (!Value.Check(AnyHeader, value)) {
    throw new ExportFileFailure(1, `this is not an export of a ledger: its first line is no header`)
  }
  if (value.version > formatVersion) {
    throw new ExportFileFailure(
      1,
      `the export is of format version ${value.version}; this service reads up to ${formatVersion}`,
    )
  }
  if (!Value.Check(Header, value)) {
    throw new ExportFileFailure(1, 'the header does not have what it should have')
  }
  return value
}

/** Lines that the header counts, of all kinds. */
export function countedLines({ counts }: Pick<Header, 'counts'>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
