import fc from 'fast-check'
import jsonLogic from 'json-logic-js'
import { Engine, type RuleProperties } from 'json-rules-engine'
import { describe, expect, it } from 'vitest'
import { judgeNaively } from '../../program/naive-interpreter.fixture.ts'
import type { Json, JsonObject } from './finding.ts'
import { exportJsonLogic } from './json-logic-export.ts'
import { importJsonLogic } from './json-logic-import.ts'
import { exportRulesEngine } from './rules-engine-export.ts'
import { importRulesEngine } from './rules-engine-import.ts'

/** What the rule comes to, by the interpreter that shares no code with the engine; null for unknown. */
function outcomeOf(rule: JsonObject, data: JsonObject): boolean | null {
  const json = { actions: [], ...rule }
  const [result] = judgeNaively({
    rules: [{ id: 'r', json }],
    event: { type: 't', occurred_at: '2027-01-31T12:00:00Z', data },
    history: () => undefined,
    limitsUsed: () => ({ count: 0, amountCents: 0n }),
    timezone: 'UTC',
    defaultCurrency: 'USD',
  })
  return result?.outcome ?? null
}

const isTrueToJsonLogic = (document: Json, facts: JsonObject) =>
  // Its types list the operations; what is generated is checked by running it.
  jsonLogic.truthy(jsonLogic.apply(document as Parameters<typeof jsonLogic.apply>[0], facts))

async function isTrueToRulesEngine(document: JsonObject, facts: JsonObject): Promise<boolean> {
  // Its types are those of a rule; what is generated is checked by running it.
  const rule = document as unknown as RuleProperties
  const engine = new Engine([rule], { allowUndefinedFacts: true })
  const { events } = await engine.run({ ...facts })
  return events.length > 0
}

const text = fc.constantFrom('', 'a', 'ab', 'b', '5', '5a', '0')
const number = fc.constantFrom(0, 1, 5, 5.5, -3, 1e21)
const scalar = fc.oneof(text, number, fc.boolean())
const path = fc.constantFrom('a', 'b', 'deep.c')
const fact = fc.option(
  fc.oneof(
    { weight: 4, arbitrary: scalar },
    fc.constantFrom(null, {}, { c: 1 }),
    fc.array(fc.oneof(scalar, fc.constant(null)), { maxLength: 3 }),
  ),
  { nil: undefined },
)
// What JSON cannot carry must not be there at all.
const facts = fc
  .record({ a: fact, b: fact, deep: fc.oneof(fc.record({ c: fact }), fact) })
  .map((given) => JSON.parse(JSON.stringify(given)) as JsonObject)

const parts = (condition: fc.Arbitrary<unknown>) =>
  fc.array(condition, { minLength: 1, maxLength: 3 })

const logicVar = path.map((name) => ({ var: name }))
const logicOperand = fc.oneof(logicVar, scalar, fc.constantFrom(null, { var: ['a', 5] }))
const logicComparison = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('==', '===', '!=', '!==', '<', '<=', '>', '>='),
      logicOperand,
      logicOperand,
    )
    .map(([name, left, right]) => ({ [name]: [left, right] })),
  fc
    .tuple(fc.constantFrom('<', '<='), number, logicVar, number)
    .map(([name, ...rest]) => ({ [name]: rest })),
  fc.tuple(logicVar, fc.array(scalar, { maxLength: 3 })).map((args) => ({ in: args })),
  fc.tuple(logicOperand, logicVar).map((args) => ({ in: args })),
  fc.array(path, { minLength: 1, maxLength: 2 }).map((names) => ({ missing: names })),
  fc.tuple(fc.constantFrom(1, 2), fc.constant(['a', 'b'])).map((args) => ({ missing_some: args })),
  fc
    .tuple(logicVar, text)
    .map(([of, part]) => ({ '===': [{ substr: [of, 0, part.length] }, part] })),
  logicVar.map((of) => ({ '===': [{ '+': [of] }, of] })),
  logicVar.map((of) => ({ '===': [{ cat: [of] }, of] })),
  logicVar,
  fc.boolean(),
)
const { logic } = fc.letrec<{ logic: Json }>((tie) => ({
  logic: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    logicComparison as fc.Arbitrary<Json>,
    ...['and', 'or', 'if'].map((name) =>
      parts(tie('logic')).map((list) => ({ [name]: list }) as JsonObject),
    ),
    ...['!', '!!'].map((name) => tie('logic').map((one) => ({ [name]: [one] }) as JsonObject)),
  ),
}))

const reference = path.map((field) => ({ field }))
const orderedText = fc.constantFrom('a', 'ab', 'b')
const comparison = fc.oneof(
  fc.record({
    field: path,
    operator: fc.constantFrom('==', '!='),
    value: fc.oneof(scalar, reference),
  }),
  fc.record({
    field: path,
    operator: fc.constantFrom('<', '>', '<=', '>='),
    value: fc.oneof(number, orderedText, reference),
  }),
  fc.record({
    field: path,
    operator: fc.constantFrom('in', 'not_in'),
    value: fc.array(scalar, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    field: path,
    operator: fc.constantFrom('contains', 'not_contains'),
    value: fc.oneof(number, fc.boolean(), orderedText),
  }),
  fc.record({
    field: path,
    operator: fc.constantFrom('starts_with', 'ends_with'),
    value: orderedText,
  }),
  fc.record({ field: path, operator: fc.constantFrom('exists', 'missing') }),
  fc.record({ field: path, operator: fc.constant('between'), value: fc.constant([0, 5]) }),
)
const { condition } = fc.letrec<{ condition: JsonObject }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison as fc.Arbitrary<JsonObject>,
    ...['all', 'any', 'none'].map((mode) =>
      parts(tie('condition')).map((list) => ({ [mode]: list }) as JsonObject),
    ),
  ),
}))
const rule = fc.record({ conditions: parts(condition), logic: fc.constantFrom('AND', 'OR') }).map(
  // It is JSON by what it was made of.
  (made) => made as JsonObject,
)

describe('JSONLogic', () => {
  // A rule that pays where the document of its author would not, or the other way round, is a wrong import.
  it('is met, and not met, only where the original is', () => {
    let known = 0
    fc.assert(
      fc.property(logic, facts, (document, given) => {
        const { ruleJson, unsupported, differences } = importJsonLogic(document)
        expect(ruleJson === null).toBe(unsupported.length > 0)
        if (!ruleJson) return
        const outcome = outcomeOf(ruleJson, given)
        if (outcome === null) expect(differences).not.toEqual([])
        else expect(isTrueToJsonLogic(document, given)).toBe(outcome)
        known += outcome === null ? 0 : 1
      }),
      { numRuns: 10_000 },
    )
    expect(known).toBeGreaterThan(2_000)
  })

  it('written from a rule is true exactly where the rule is met, or narrower and says so', () => {
    fc.assert(
      fc.property(rule, facts, (json, given) => {
        const { document, unsupported, differences } = exportJsonLogic(json)
        expect(unsupported).toEqual([])
        const isTrue = isTrueToJsonLogic(document, given)
        const isMet = outcomeOf(json, given) === true
        // Where it says that it differs, it is narrower.
        if (differences.length === 0) expect(isTrue).toBe(isMet)
        else if (isTrue) expect(isMet).toBe(true)
      }),
      { numRuns: 10_000 },
    )
  })

  it('written from a rule and read again means the same, of what is unknown as well', () => {
    const isOurs = (json: JsonObject) => !/contains|between/.test(JSON.stringify(json))
    fc.assert(
      fc.property(rule.filter(isOurs), facts, (json, given) => {
        const written = exportJsonLogic(json)
        if (written.differences.length > 0) return
        const read = importJsonLogic(written.document)
        expect(read.unsupported).toEqual([])
        expect(outcomeOf(read.ruleJson ?? {}, given)).toBe(outcomeOf(json, given))
      }),
      { numRuns: 10_000 },
    )
  })
})

const engineFact = fc.oneof(
  fc.constantFrom('a', 'b').map((name) => ({ fact: name })),
  fc.constant({ fact: 'deep', path: '$.c' }),
)
const engineComparison = fc.oneof(
  fc.tuple(
    engineFact,
    fc.constantFrom('equal', 'notEqual', 'not:equal'),
    fc.oneof(scalar, engineFact),
  ),
  fc.tuple(
    engineFact,
    fc.constantFrom('lessThan', 'lessThanInclusive', 'greaterThan', 'greaterThanInclusive'),
    fc.oneof({ weight: 4, arbitrary: number }, engineFact, text),
  ),
  fc.tuple(engineFact, fc.constantFrom('in', 'notIn'), fc.array(scalar, { maxLength: 3 })),
  fc.tuple(
    engineFact,
    fc.constantFrom('contains', 'doesNotContain', 'not:contains'),
    fc.oneof({ weight: 4, arbitrary: number }, fc.boolean(), text),
  ),
)
const { engineCondition } = fc.letrec<{ engineCondition: JsonObject }>((tie) => ({
  engineCondition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    engineComparison.map(([of, operator, value]) => ({ ...of, operator, value }) as JsonObject),
    ...['all', 'any'].map((mode) =>
      fc
        .array(tie('engineCondition'), { maxLength: 3 })
        .map((list) => ({ [mode]: list }) as JsonObject),
    ),
    tie('engineCondition').map((one) => ({ not: one }) as JsonObject),
  ),
}))
const engineRule = parts(engineCondition).map((list) => ({
  conditions: { all: list as JsonObject[] },
  event: { type: 'reward' },
}))
const event = { event: { type: 'reward' } }

const top = fc.constantFrom('a', 'b')
const exact = fc.oneof(
  fc.record({ field: top, operator: fc.constant('=='), value: scalar }),
  fc.record({ field: top, operator: fc.constant('!='), value: fc.boolean() }),
  fc.record({ field: top, operator: fc.constant('contains'), value: number }),
  fc.record({ field: top, operator: fc.constant('in'), value: fc.array(scalar, { minLength: 1 }) }),
)
const exactRule = fc.record({
  conditions: parts(
    fc.oneof(exact, fc.record({ any: parts(exact) }), fc.record({ none: parts(exact) })),
  ),
  logic: fc.constantFrom('AND', 'OR'),
}) as fc.Arbitrary<JsonObject>

describe('a rule of json-rules-engine', () => {
  it('is met, and not met, only where the original is', async () => {
    let known = 0
    await fc.assert(
      fc.asyncProperty(engineRule, facts, async (document, given) => {
        const { ruleJson, unsupported, differences } = importRulesEngine(document)
        expect(ruleJson === null).toBe(unsupported.length > 0)
        if (!ruleJson) return
        const outcome = outcomeOf(ruleJson, given)
        const places = differences.filter(({ pointer }) => pointer !== '/event')
        if (outcome === null) expect(places).not.toEqual([])
        else expect(await isTrueToRulesEngine(document, given)).toBe(outcome)
        known += outcome === null ? 0 : 1
      }),
      { numRuns: 5_000 },
    )
    expect(known).toBeGreaterThan(500)
  })

  it('written from a rule is met exactly where the rule is, or says where not', async () => {
    let written = 0
    await fc.assert(
      fc.asyncProperty(exactRule, facts, async (json, given) => {
        const { document, unsupported, differences } = exportRulesEngine(json, 'r')
        expect(document === null).toBe(unsupported.length > 0)
        if (document === null || differences.length > 0) return
        const isMet = await isTrueToRulesEngine({ ...(document as JsonObject), ...event }, given)
        expect(isMet).toBe(outcomeOf(json, given) === true)
        written += 1
      }),
      { numRuns: 5_000 },
    )
    expect(written).toBeGreaterThan(1_000)
  })

  // Differences are text that begins with a number, texts that contain, and facts that are no objects.
  it('written from a rule is met exactly where the rule is, of facts that no difference is about', async () => {
    const plain = fc.record({
      a: fc.constantFrom(0, 1, 5, 'a', null, true),
      b: fc.constantFrom(1, ['a', 'b']),
    })
    await fc.assert(
      fc.asyncProperty(rule, plain, async (json, given) => {
        const { document } = exportRulesEngine(json, 'r')
        // A text that contains is the difference of every list of texts.
        if (document === null || JSON.stringify(json).includes('contains')) return
        const data: JsonObject = { ...given, deep: { c: given.a } }
        const isMet = await isTrueToRulesEngine({ ...(document as JsonObject), ...event }, data)
        expect(isMet).toBe(outcomeOf(json, data) === true)
      }),
      { numRuns: 5_000 },
    )
  })
})
