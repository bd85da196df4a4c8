import { formats } from '@pineos/contract/formats.ts'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as members from './members.ts'
import { operatorNames } from './operators.ts'
import { parseRule } from './parse.ts'
import { alteredAt, placesIn } from './places.fixture.ts'
import { arbitraryRuleJson } from './rule.fixture.ts'
import { ruleSchema } from './schema.ts'

const ajv = new Ajv2020({
  strict: true,
  strictTypes: false,
  // Which of an object's members must stand together is said beside the object.
  strictRequired: false,
  formats: { ...formats },
})
const validate = ajv.compile(ruleSchema)
const isUnderstood = (json: unknown) =>
  parseRule(json, { defaultCurrency: 'USD', timezone: 'UTC' }).ok

const condition = { field: 'level', operator: '>', value: 1 }
const action = { type: 'credit', user: 'referrer_id', amount_cents: 100 }
const deny = { type: 'deny', reason: 'Fraud' }
const rule = (more: object = {}) => ({ conditions: [condition], actions: [action], ...more })
const comparing = (more: object) => rule({ conditions: [{ ...condition, ...more }] })
const counting = (more: object, name = 'count') =>
  rule({
    conditions: [{ [name]: { event: 'signup', for: 'user', ...more }, operator: '>', value: 1 }],
  })
const paying = (amount: unknown) =>
  rule({ actions: [{ type: 'credit', user: 'referrer_id', amount }] })
const acting = (more: object) => rule({ actions: [{ ...action, ...more }] })
const limiting = (more: object) => rule({ limits: [{ per: 'user', max_count: 1, ...more }] })

describe('the schema of the language', () => {
  // An editor that marks a good rule as wrong teaches people to ignore it.
  it('takes every rule that is valid', () => {
    fc.assert(
      fc.property(arbitraryRuleJson(), (json) => {
        expect(validate(json) ? [] : validate.errors).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })

  it('takes every rule that the parser takes, however it came about', () => {
    const value = fc.oneof(
      fc.constantFrom<unknown>(null, true, 0, 1, 2, -1, 0.5, '', 'a', 'P1D', 'any', 'USD', 'day'),
      fc.constantFrom<unknown>([], {}, [1, 2], ['a'], { field: 'a' }, { until: 'signup' }),
      fc.constantFrom<unknown>({ amount_cents: 1 }, { count: { event: 'any', for: 'user' } }),
    )
    fc.assert(
      fc.property(arbitraryRuleJson(), value, fc.nat(), fc.boolean(), (json, given, n, isCut) => {
        const places = placesIn(json)
        const place = places[n % places.length] ?? []
        const altered = alteredAt(json, place, isCut ? undefined : given)
        if (isUnderstood(altered)) expect(validate(altered) ? [] : validate.errors).toEqual([])
      }),
      { numRuns: 4_000 },
    )
  })

  it('refuses a member that it does not know wherever it stands, as the parser does', () => {
    fc.assert(
      fc.property(arbitraryRuleJson(), fc.nat(), (json, n) => {
        const objects = placesIn(json).filter(({ isObject }) => isObject)
        const place = objects[n % objects.length] ?? []
        const altered = alteredAt(json, [...place, 'surprise'], 1)
        expect([validate(altered), isUnderstood(altered)]).toEqual([false, false])
      }),
      { numRuns: 500 },
    )
  })

  it('has every member and every operator of the language, and no other', () => {
    const named = new Set<string>()
    const enumerated = new Set<unknown>()
    walk(ruleSchema, (schema) => {
      if (schema['additionalProperties'] === false)
        for (const name of Object.keys(schema['properties'] as object)) named.add(name)
      if (Array.isArray(schema['enum'])) for (const each of schema['enum']) enumerated.add(each)
    })
    expect([...named].sort()).toEqual([...new Set(Object.values(members).flat())].sort())
    expect(operatorNames.filter((name) => !enumerated.has(name))).toEqual([])
  })

  // Completion shows these; a member without them is a riddle.
  it('describes every member', () => {
    const silent: string[] = []
    walk(ruleSchema, (schema) => {
      if (schema['additionalProperties'] !== false) return
      const properties = schema['properties'] as Readonly<Record<string, Record<string, unknown>>>
      for (const [name, member] of Object.entries(properties)) {
        if (!('description' in member || '$ref' in member || 'not' in member))
          silent.push(`${String(schema['title'])}: ${name}`)
      }
    })
    expect(silent).toEqual([])
  })
})

describe('what the parser refuses for its structure the schema refuses too', () => {
  it.each<[string, unknown]>([
    ['no object', []],
    ['no actions', { conditions: [condition] }],
    ['no conditions', { actions: [action] }],
    ['empty conditions', rule({ conditions: [] })],
    ['conditions beside always', rule({ always: true })],
    ['always that is not true', { always: false, actions: [action] }],
    ['an unknown member', rule({ condtions: [] })],
    ['a member of every object', rule({ constructor: 1 })],
    ['an unknown logic', rule({ logic: 'XOR' })],
    ['a trigger that is no text', rule({ on: [1] })],
    ['no triggers', rule({ on: [] })],
    ['a condition that is none', rule({ conditions: ['a'] })],
    ['an unknown operator', comparing({ operator: '=' })],
    ['no operator', rule({ conditions: [{ field: 'a', value: 1 }] })],
    ['no value', rule({ conditions: [{ field: 'a', operator: '==' }] })],
    ['a value where none is taken', comparing({ operator: 'exists' })],
    ['a null value', comparing({ value: null })],
    ['a list for one value', comparing({ value: [1] })],
    ['one value for a list', comparing({ operator: 'in' })],
    ['an empty list', comparing({ operator: 'not_in', value: [] })],
    ['a truth value in an order', comparing({ value: true })],
    ['three bounds', comparing({ operator: 'between', value: [1, 2, 3] })],
    ['bounds of two kinds', comparing({ operator: 'between', value: [1, 'b'] })],
    ['a number as a time', comparing({ operator: 'before' })],
    ['a number as a duration', comparing({ operator: 'within_last' })],
    ['a duration that is none', comparing({ operator: 'within_last', value: '30 days' })],
    ['a fact in a list', comparing({ operator: 'in', value: { field: 'a' } })],
    ['a fact as a pattern', comparing({ operator: 'matches', value: { field: 'a' } })],
    ['a fact with more', comparing({ value: { field: 'a', or: 1 } })],
    ['an empty path', comparing({ field: '' })],
    ['a path with an empty part', comparing({ field: 'a..b' })],
    ['a path into every object', comparing({ field: 'a.__proto__' })],
    ['a long path', comparing({ field: `${'a.'.repeat(16)}a` })],
    ['two facts', comparing({ count: { event: 'signup', for: 'user' } })],
    ['a group of two modes', rule({ conditions: [{ all: [condition], any: [condition] }] })],
    ['an empty group', rule({ conditions: [{ all: [] }] })],
    ['a group with more', rule({ conditions: [{ all: [condition], field: 'a' }] })],
    ['nothing that is counted', counting({ event: undefined })],
    ['two things that are counted', counting({ referral: 'started' })],
    ['nobody whose it is', counting({ for: undefined })],
    ['somebody else', counting({ for: 'friend' })],
    ['an unknown moment', counting({ event: undefined, referral: 'ended' })],
    ['a window that is none', counting({ within: '30D' })],
    ['a count of a value', counting({ of: 'level' })],
    ['a sum of nothing', counting({}, 'sum')],
    [
      'different values of nothing of a reward',
      counting({ event: undefined, reward: 'any' }, 'distinct'),
    ],
    ['all among several', counting({ event: ['any', 'signup'] })],
    ['history within history', counting({ where: [counting({}).conditions[0]] })],
    [
      'a fact that no reward has',
      counting({ event: undefined, reward: 'any', where: [condition] }),
    ],
    ['no amount', rule({ actions: [{ type: 'credit', user: 'a' }] })],
    ['two amounts', acting({ amount: { amount_cents: 1 } })],
    ['an amount in a text', acting({ amount_cents: '100' })],
    ['an amount of nothing', acting({ amount_cents: 0 })],
    ['a part of a minor unit', acting({ amount_cents: 1.5 })],
    ['an unknown currency', acting({ currency: 'ZZZ' })],
    ['an unknown action', acting({ type: 'nuke' })],
    ['a debit that is held', acting({ type: 'debit', hold: 'P1D' })],
    ['a hold that is none', acting({ hold: 14 })],
    ['a hold until nothing', acting({ hold: { at_most: 'P1D' } })],
    ['an amount of no form', paying({})],
    ['an amount of two forms', paying({ amount_cents: 1, percent: 1, of: 'a' })],
    ['a percent of nothing', paying({ percent: 1 })],
    ['no percent', paying({ percent: 0, of: 'a' })],
    ['an unknown rounding', paying({ percent: 1, of: 'a', round: 'nearest' })],
    ['tiers by nothing', paying({ tiers: [{ from: 0, amount_cents: 1 }] })],
    ['no tiers', paying({ tiers: [], by: 'a' })],
    ['a tier that pays nothing', paying({ tiers: [{ from: 0 }], by: 'a' })],
    [
      'a tier that pays twice',
      paying({ tiers: [{ from: 0, amount_cents: 1, percent: 1, of: 'a' }], by: 'a' }),
    ],
    [
      'a marginal tier of a fixed amount',
      paying({ tiers: [{ from: 0, amount_cents: 1 }], by: 'a', mode: 'marginal' }),
    ],
    [
      'tiers by two facts',
      paying({ tiers: [{ from: 0, amount_cents: 1 }], by: { count: {}, sum: {} } }),
    ],
    ['the greatest of one', paying({ greater_of: [{ amount_cents: 1 }] })],
    [
      'every first',
      paying({ every: 1, count: { event: 'any', for: 'user' }, amount: { amount_cents: 1 } }),
    ],
    ['payment beside denial', rule({ actions: [action, deny] })],
    ['a denial without a reason', rule({ actions: [{ type: 'deny' }] })],
    ['a factor of nothing', rule({ actions: [{ type: 'multiply', factor: 0 }] })],
    ['limits of a guard', rule({ actions: [deny], limits: [{ per: 'user', max_count: 1 }] })],
    ['stacking of a guard', rule({ actions: [deny], stacking: { group: 'a', mode: 'all' } })],
    ['a limit of nothing', rule({ limits: [{ per: 'user' }] })],
    ['a limit per nobody', limiting({ per: 'friend' })],
    ['a currency of a count', limiting({ currency: 'USD' })],
    ['a pause for a user', limiting({ when_spent: 'pause' })],
    ['no limits', rule({ limits: [] })],
    ['a schedule of nothing', rule({ schedule: { timezone: 'UTC' } })],
    ['a start without an offset', rule({ schedule: { starts_at: '2027-01-31T00:00:00' } })],
    ['a day twice', rule({ schedule: { weekdays: ['mon', 'mon'] } })],
    ['an unknown day', rule({ schedule: { weekdays: ['monday'] } })],
    ['an hour that is none', rule({ schedule: { hours: [{ from: '9:00', to: '17:00' }] } })],
    [
      'a day that begins at its end',
      rule({ schedule: { hours: [{ from: '24:00', to: '01:00' }] } }),
    ],
    ['an offset as a time zone', rule({ schedule: { weekdays: ['mon'], timezone: '+05:30' } })],
    ['a priority in parts', rule({ priority: 1.5 })],
    ['stacking without a mode', rule({ stacking: { group: 'a' } })],
    ['unknown terms', rule({ terms: 'then' })],
    ['an unknown mode', rule({ mode: 'draft' })],
    ['more than all users', rule({ rollout: { percent: 101 } })],
    ['a share of nobody', rule({ hold_out: { by: 'user' } })],
  ])('%s', (_what, json) => {
    // What is undefined is not in the JSON.
    const written: unknown = JSON.parse(JSON.stringify(json))
    expect([validate(written), isUnderstood(written)]).toEqual([false, false])
  })

  // Were these refused as well, the table above would show nothing.
  it.each<[string, unknown]>([
    ['a rule', rule()],
    ['a comparison', comparing({})],
    ['a count', counting({})],
    ['a sum', counting({ of: 'level' }, 'sum')],
    ['a count of rewards', counting({ event: undefined, reward: 'any' })],
    ['an amount', paying({ percent: 1, of: 'a' })],
    ['tiers', paying({ tiers: [{ from: 0, amount_cents: 1 }], by: 'a' })],
    ['an action', acting({ hold: 'P1D' })],
    ['a guard', rule({ actions: [deny] })],
    ['a limit', limiting({})],
    ['a schedule', rule({ schedule: { hours: [{ from: '09:00', to: '17:00' }] } })],
    ['a share', rule({ rollout: { percent: 100 } })],
  ])('but not %s that is valid', (_what, json) => {
    const written: unknown = JSON.parse(JSON.stringify(json))
    expect([validate(written), isUnderstood(written)]).toEqual([true, true])
  })
})

function walk(schema: unknown, visit: (schema: Readonly<Record<string, unknown>>) => void): void {
  if (typeof schema !== 'object' || schema === null) return
  // An object in a schema is a schema, or holds schemas by name, which visiting does no harm to.
  if (!Array.isArray(schema)) visit(schema as Readonly<Record<string, unknown>>)
  for (const part of Object.values(schema)) walk(part, visit)
}
