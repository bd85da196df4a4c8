import { formats } from '@pineos/contract/formats.ts'
import type { ValidationError } from '@pineos/contract/primitives.ts'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { TSchema } from 'typebox'
import { Failure } from '../failure.ts'

export const validationErrorsMax = 20

export type RequestPart = 'body' | 'query' | 'path'

/** Checks values against schemas of the contract, all faults at once. */
export interface Validator {
  /** Bodies are taken as they are; text of query and path becomes the number or boolean it stands for. */
  compile(schema: TSchema, part: RequestPart): ValidateFunction
}

export function createValidator(): Validator {
  const strict = newAjv(false)
  const coercing = newAjv(true)
  return { compile: (schema, part) => (part === 'body' ? strict : coercing).compile(schema) }
}

/** The failure that tells of the faults a validation has found, pointers beginning with the part. */
export function validationFailure(errors: readonly ErrorObject[], part: RequestPart): Failure {
  const faults = errors.map((error) => validationError(error, part))
  // A union reports each of its branches; one pointer says one thing.
  const distinct = [
    ...new Map(faults.map((fault) => [`${fault.pointer} ${fault.code}`, fault])).values(),
  ]
  const count = distinct.length === 1 ? 'One fault was' : `${distinct.length} faults were`
  return new Failure(
    'validation_failed',
    `${count} found in the request: ${distinct[0]?.detail ?? ''}`,
    {
      errors: distinct.slice(0, validationErrorsMax),
    },
  )
}

function newAjv(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    coerceTypes,
    removeAdditional: false,
    useDefaults: false,
    strict: true,
    strictTypes: false,
    // The serialiser's nullable types and TypeBox's options are annotations to a validator.
    allowUnionTypes: true,
  })
  for (const [name, test] of Object.entries(formats)) ajv.addFormat(name, test)
  ajv.addKeyword({
    keyword: 'x-json-bytes-max',
    type: 'object',
    schemaType: 'number',
    validate: (bytesMax: number, value: unknown) =>
      Buffer.byteLength(JSON.stringify(value)) <= bytesMax,
    errors: false,
  })
  return ajv
}

function validationError(error: ErrorObject, part: RequestPart): ValidationError {
  const at = `/${part}${error.instancePath}`
  switch (error.keyword) {
    case 'required': {
      const name = String(error.params['missingProperty'])
      return {
        pointer: `${at}/${pointerToken(name)}`,
        code: 'required',
        detail: `${name} is missing.`,
      }
    }
    case 'additionalProperties': {
      const name = String(error.params['additionalProperty'])
      return {
        pointer: `${at}/${pointerToken(name)}`,
        code: 'unknown_property',
        detail: `${name} is not a property of this request.`,
      }
    }
    case 'x-json-bytes-max':
      return {
        pointer: at,
        code: 'too_large',
        detail: `${nameOf(at)} is larger than ${String(error.schema)} bytes as JSON.`,
      }
    case 'enum':
      return {
        pointer: at,
        code: 'enum',
        detail: `${nameOf(at)} must be one of ${(error.params['allowedValues'] as unknown[]).join(', ')}.`,
      }
    default:
      return {
        pointer: at,
        code: error.keyword,
        detail: `${nameOf(at)} ${error.message ?? 'is not valid'}.`,
      }
  }
}

function nameOf(pointer: string): string {
  return pointer.slice(1).replaceAll('/', '.')
}

/** A name as a token of a JSON pointer, RFC 6901. */
function pointerToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
