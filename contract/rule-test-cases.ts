import { type Static, Type } from 'typebox'
import { AmountCents, closed, EntityId, Instant, literals, text, UserId } from './primitives.ts'
import { VersionNumber } from './rule-versions.ts'
import { ConditionResult, EventData, outcomes } from './rules.ts'

export const testCasesMax = 500
const pointsMax = 500
const Pointer = Type.String({ maxLength: 500, format: 'storable-text' })
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

const ExpectedReward = closed({
  action: Type.String({
    maxLength: 500,
    description: 'JSON pointer of the action',
    examples: ['/actions/0'],
  }),
  kind: literals(['credit', 'debit'], 'What the action does'),
  user_id: UserId,
  amount_cents: AmountCents,
  currency: Type.String({ maxLength: 3 }),
})

const Outcome = literals(outcomes, 'Of the conditions alone')

/** An event, what history says and limits have used before it, and what the rule must make of it. */
export const TestCase = closed(
  {
    name: text(200, 'What people call it', 'A first purchase of just enough'),
    event: closed({
      type: text(100, 'What happened', 'purchase.completed'),
      user_id: Type.Optional(UserId),
      occurred_at: Instant,
      data: EventData,
    }),
    history: Type.Array(
      closed({
        pointer: Pointer,
        value: Type.Unsafe<number | null>({ type: ['number', 'null'] }),
      }),
      {
        maxItems: pointsMax,
        description:
          'Values of the facts over history, by where the rule reads them; null: unknown',
      },
    ),
    limits: Type.Array(closed({ pointer: Pointer, count: Count, amount_cents: Count }), {
      maxItems: pointsMax,
      description: 'What the limits of the rule have used before the event',
    }),
    expects: closed({
      outcome: Outcome,
      rewards: Type.Optional(
        Type.Array(ExpectedReward, {
          maxItems: pointsMax,
          description:
            'What is paid, in the order of the actions; not looked at where it is absent',
        }),
      ),
    }),
  },
  { title: 'TestCase' },
)
export type TestCase = Static<typeof TestCase>

export const StoredTestCase = closed(
  {
    id: EntityId,
    test_case: TestCase,
    created_at: Instant,
    created_by: Type.String(),
    updated_at: Instant,
    updated_by: Type.String(),
  },
  { title: 'StoredTestCase' },
)
export type StoredTestCase = Static<typeof StoredTestCase>

export const RunRequest = closed(
  {
    version: Type.Optional(VersionNumber),
    test_case_id: Type.Optional(EntityId),
  },
  { title: 'RunTestCasesRequest' },
)

export const GenerateRequest = closed(
  {
    version: Type.Optional(VersionNumber),
    store: Type.Optional(
      Type.Boolean({ description: 'Keep those with the rule whose names it does not have yet' }),
    ),
  },
  { title: 'GenerateTestCasesRequest' },
)

export const GeneratedTestCases = closed(
  {
    version: VersionNumber,
    test_cases: Type.Array(TestCase, {
      description: 'They expect what the version makes of them today',
    }),
    untried: Type.Array(closed({ pointer: Type.String(), detail: Type.String() }), {
      description: 'Parts of the rule that no event was found for',
    }),
    stored: Type.Array(StoredTestCase),
  },
  { title: 'GeneratedTestCases' },
)
export type GeneratedTestCases = Static<typeof GeneratedTestCases>

export const TestCaseResult = closed(
  {
    id: EntityId,
    name: Type.String(),
    is_green: Type.Boolean(),
    detail: Type.String({ description: 'What came out, in a sentence' }),
    expected: TestCase.properties.expects,
    actual: closed({ outcome: Outcome, rewards: Type.Array(ExpectedReward) }),
    conditions: Type.Optional(
      Type.Array(ConditionResult, {
        description: 'The trace: of those that are red, and of one that was asked for',
      }),
    ),
  },
  { title: 'TestCaseResult' },
)
export type TestCaseResult = Static<typeof TestCaseResult>

export const TestCasesRun = closed(
  { version: VersionNumber, ok: Type.Boolean(), results: Type.Array(TestCaseResult) },
  { title: 'TestCasesRun' },
)
export type TestCasesRun = Static<typeof TestCasesRun>
