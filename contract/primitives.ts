import { type Static, type TSchema, Type } from 'typebox'

/** The largest amount and balance, in minor units: the largest integer that JSON carries exactly. */
export const amountCentsMax = Number.MAX_SAFE_INTEGER

export const userIdCharactersMax = 255
export const idempotencyKeyCharactersMax = 255
export const metadataBytesMax = 16_384
export const batchOperationsMax = 1_000
export const pageLimitMax = 1_000
export const pageLimitDefault = 100

/** Text that PostgreSQL can keep and that stays itself on the way: no NUL, no lone surrogate. */
export const text = (charactersMax: number, description: string, example: string) =>
  Type.String({
    minLength: 1,
    maxLength: charactersMax,
    format: 'storable-text',
    description,
    examples: [example],
  })

export const UserId = text(userIdCharactersMax, 'The id that your system gives the user', 'alice')

export const AmountCents = Type.Integer({
  minimum: 1,
  maximum: amountCentsMax,
  description:
    'Amount in minor units of the currency (cents, pence, yen): a whole number of at least 1',
  examples: [50_000],
})

export const BalanceCents = Type.Integer({ description: 'Amount in minor units of the currency' })

export const Currency = Type.String({
  pattern: '^[A-Z]{3}$',
  format: 'iso-4217',
  description: 'ISO 4217 code; DEFAULT_CURRENCY where it is absent',
  examples: ['USD'],
})

/** A JSON object with any members. */
export const jsonObject = (options: {
  description: string
  examples: readonly unknown[]
  bytesMax?: number
}) =>
  Type.Unsafe<Readonly<Record<string, unknown>>>({
    type: 'object',
    additionalProperties: true,
    description: options.description,
    examples: options.examples,
    ...(options.bytesMax === undefined ? {} : { 'x-json-bytes-max': options.bytesMax }),
  })

export const Metadata = jsonObject({
  description: 'Free JSON kept with the entry, at most 16 KiB',
  examples: [{ campaign: 'spring' }],
  bytesMax: metadataBytesMax,
})

export const EntityId = Type.String({
  format: 'uuid',
  description: 'UUID',
  examples: ['01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11'],
})

export const Instant = Type.String({
  format: 'date-time',
  description: 'RFC 3339 time',
  examples: ['2027-01-31T12:00:00.000Z'],
})

export const RewardId = text(255, 'The reward that the entry pays', 'referral_bonus')

export const literals = <const Values extends readonly string[]>(
  values: Values,
  description: string,
) => Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], description })

/**
 * The schema or null. Written as a list of types rather than as a union of schemas: the serialiser
 * then looks at the type of the value instead of validating it against each branch.
 */
export const nullable = <Schema extends TSchema>(schema: Schema) => {
  const {
    type,
    enum: values,
    ...rest
  } = schema as Schema & { type: string; enum?: readonly unknown[] }
  return Type.Unsafe<Static<Schema> | null>({
    ...rest,
    type: [type, 'null'],
    ...(values ? { enum: [...values, null] } : {}),
  })
}

/** A closed object: a property that is not named here is refused on the way in and cut on the way out. */
export const closed = <Properties extends Parameters<typeof Type.Object>[0]>(
  properties: Properties,
  options: { title?: string; description?: string } = {},
) => Type.Object(properties, { ...options, additionalProperties: false })

export const Limit = Type.Integer({
  minimum: 1,
  maximum: pageLimitMax,
  description: `Rows on a page; ${pageLimitDefault} where it is absent`,
})

export const ValidationError = closed(
  {
    pointer: Type.String({
      description:
        'JSON pointer (RFC 6901) to the fault; a leading part names where: /body, /query, /path',
    }),
    code: Type.String({ description: 'What kind of fault' }),
    detail: Type.String({ description: 'The fault in a sentence' }),
  },
  { title: 'ValidationError' },
)
export type ValidationError = Static<typeof ValidationError>

/** The wire form of a failure, RFC 9457. */
export const ProblemDocument = closed(
  {
    type: Type.String({ description: 'Address of the documentation of the code' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'Stable name of the problem' }),
    request_id: Type.String(),
    errors: Type.Optional(Type.Array(ValidationError)),
    fields: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Names of the fields that differ from the first request',
      }),
    ),
    available_cents: Type.Optional(Type.Integer()),
    required_cents: Type.Optional(Type.Integer()),
    reversible_cents: Type.Optional(Type.Integer()),
    revision: Type.Optional(Type.Integer({ description: 'The revision that the rule has now' })),
    state: Type.Optional(Type.String({ description: 'The state that stands in the way' })),
    possible: Type.Optional(
      Type.Array(Type.String(), { description: 'What can be done in this state' }),
    ),
    questions: Type.Optional(
      Type.Array(Type.String(), {
        description: 'What has to be said before the sentence is a rule',
      }),
    ),
  },
  { title: 'Problem' },
)
export type ProblemDocument = Static<typeof ProblemDocument>
