import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { BenchEngine } from './rules-engine.ts'
import type { BenchRule } from './rules-workload.ts'

// The packages are only here once the benchmark has installed them, so that each says what it uses of one.
const loadNative: NodeJS.Require = createRequire(
  new URL('./rules-engines/package.json', import.meta.url),
)
const load = async <Module>(name: string) =>
  (await import(pathToFileURL(loadNative.resolve(name)).href)) as Module
const loadOld = <Module>(name: string) => loadNative(name) as Module

/** Every engine that is measured beside ours, by its name and version. */
export const otherEngines: Readonly<Record<string, BenchEngine>> = {
  'json-logic-engine 5.0.7, compiled': { prepare: prepareJsonLogicEngine },
  'json-logic-js 2.0.5': { prepare: prepareJsonLogic },
  'json-rules-engine 7.3.1, flat facts': {
    prepare: prepareRulesEngine,
    // Its best case: a path in a fact costs it about a third more.
    eventOf: (event) => ({
      type: event.type,
      amount: event.purchase.amount_cents,
      paid: event.referrer.is_paid_user,
    }),
  },
  'node-rules 9.2.0': { prepare: prepareNodeRules },
  'cel-js 8.0.0': {
    prepare: prepareCel,
    // type is a function of CEL.
    eventOf: ({ type, ...event }) => ({ ...event, kind: type }),
  },
  'zen-engine 0.54.0, table': {
    prepare: async (rules) => prepareZen(rules, await load<Zen>('@gorules/zen-engine')),
  },
  'zen-engine 2.0.2, table': {
    prepare: (rules) => prepareZen(rules, loadOld<Zen>('zen-engine-2-linux-x64-gnu')),
  },
}

function logicOf({ type, amountCentsAbove, isPaidUser }: BenchRule) {
  return {
    and: [
      { '===': [{ var: 'type' }, type] },
      { '>': [{ var: 'purchase.amount_cents' }, amountCentsAbove] },
      { '===': [{ var: 'referrer.is_paid_user' }, isPaidUser] },
    ],
  }
}

async function prepareJsonLogicEngine(rules: readonly BenchRule[]) {
  type Built = (event: unknown) => unknown
  interface Module {
    readonly LogicEngine: new () => { build(logic: unknown): Built }
  }
  const { LogicEngine } = await load<Module>('json-logic-engine')
  const engine = new LogicEngine()
  const built = rules.map((rule) => ({ id: rule.id, isMet: engine.build(logicOf(rule)) }))
  return (event: unknown) => {
    const found: string[] = []
    for (const { id, isMet } of built) if (isMet(event)) found.push(id)
    return found
  }
}

async function prepareJsonLogic(rules: readonly BenchRule[]) {
  interface Module {
    readonly default: { apply(logic: unknown, event: unknown): unknown }
  }
  const { default: jsonLogic } = await load<Module>('json-logic-js')
  const written = rules.map((rule) => ({ id: rule.id, logic: logicOf(rule) }))
  return (event: unknown) => {
    const found: string[] = []
    for (const { id, logic } of written) if (jsonLogic.apply(logic, event)) found.push(id)
    return found
  }
}

async function prepareRulesEngine(rules: readonly BenchRule[]) {
  interface Module {
    readonly Engine: new (
      rules: unknown,
    ) => { run(facts: unknown): Promise<{ events: readonly { type: string }[] }> }
  }
  const { Engine } = await load<Module>('json-rules-engine')
  const engine = new Engine(
    rules.map(({ id, type, amountCentsAbove, isPaidUser }) => ({
      conditions: {
        all: [
          { fact: 'type', operator: 'equal', value: type },
          { fact: 'amount', operator: 'greaterThan', value: amountCentsAbove },
          { fact: 'paid', operator: 'equal', value: isPaidUser },
        ],
      },
      event: { type: id },
    })),
  )
  return async (facts: unknown) => (await engine.run(facts)).events.map(({ type }) => type)
}

async function prepareNodeRules(rules: readonly BenchRule[]) {
  interface Flow {
    when(outcome: boolean): void
    next(): void
  }
  interface Fact {
    readonly type: string
    readonly purchase: { readonly amount_cents: number }
    readonly referrer: { readonly is_paid_user: boolean }
  }
  interface Module {
    readonly RuleEngine: new (
      rules: unknown,
      options: unknown,
    ) => { execute(fact: unknown, done: () => void): void }
  }
  const { RuleEngine } = loadOld<Module>('node-rules')
  let found: string[] = []
  const written = rules.map(({ id, type, amountCentsAbove, isPaidUser }) => ({
    condition: (flow: Flow, fact: Fact) =>
      flow.when(
        fact.type === type &&
          fact.purchase.amount_cents > amountCentsAbove &&
          fact.referrer.is_paid_user === isPaidUser,
      ),
    consequence: (flow: Flow) => {
      found.push(id)
      flow.next()
    },
  }))
  const engine = new RuleEngine(written, { ignoreFactChanges: true })
  return (event: unknown) =>
    new Promise<readonly string[]>((settle) => {
      found = []
      engine.execute(event, () => settle(found))
    })
}

async function prepareCel(rules: readonly BenchRule[]) {
  interface Module {
    readonly parse: (expression: string) => (event: unknown) => unknown
  }
  const { parse } = await load<Module>('@marcbachmann/cel-js')
  const parsed = rules.map(({ id, type, amountCentsAbove, isPaidUser }) => ({
    id,
    isMet: parse(
      `kind == ${JSON.stringify(type)} && purchase.amount_cents > ${amountCentsAbove}.0 && referrer.is_paid_user == ${isPaidUser}`,
    ),
  }))
  return (event: unknown) => {
    const found: string[] = []
    for (const { id, isMet } of parsed) if (isMet(event)) found.push(id)
    return found
  }
}

interface Zen {
  readonly ZenDecisionContent: new (graph: unknown) => object
  readonly ZenEngine: new () => {
    createDecision(content: object): {
      evaluate(event: unknown): Promise<{ result: readonly { id: string }[] }>
    }
  }
}

/** One decision table that collects every row that matches, which is the fastest that it can do. */
function prepareZen(rules: readonly BenchRule[], { ZenEngine, ZenDecisionContent }: Zen) {
  const node = (id: string, type: string, content?: unknown) => ({
    id,
    name: id,
    type,
    position: { x: 0, y: 0 },
    ...(content === undefined ? {} : { content }),
  })
  const table = {
    hitPolicy: 'collect',
    inputs: [
      { id: 'type', name: 'type', field: 'type' },
      { id: 'amount', name: 'amount', field: 'purchase.amount_cents' },
      { id: 'paid', name: 'paid', field: 'referrer.is_paid_user' },
    ],
    outputs: [{ id: 'id', name: 'id', field: 'id' }],
    rules: rules.map(({ id, type, amountCentsAbove, isPaidUser }) => ({
      _id: id,
      type: JSON.stringify(type),
      amount: `> ${amountCentsAbove}`,
      paid: String(isPaidUser),
      id: JSON.stringify(id),
    })),
  }
  // Made ready beforehand it is up to four times as fast as when it is given as it is.
  const graph = new ZenDecisionContent({
    nodes: [
      node('in', 'inputNode'),
      node('table', 'decisionTableNode', table),
      node('out', 'outputNode'),
    ],
    edges: [
      { id: 'a', type: 'edge', sourceId: 'in', targetId: 'table' },
      { id: 'b', type: 'edge', sourceId: 'table', targetId: 'out' },
    ],
  })
  const decision = new ZenEngine().createDecision(graph)
  return async (event: unknown) => (await decision.evaluate(event)).result.map(({ id }) => id)
}
