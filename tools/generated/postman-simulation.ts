import type { PostmanStep } from './postman-steps.ts'

const content = {
  on: ['postman.{{run}}.simulated'],
  always: true,
  actions: [{ type: 'credit', user: 'referred_id', amount_cents: 500 }],
}
const simulation = { id: '{{simulationId}}' }

/** What a rule would have paid, and why an event has paid nothing for it. */
export const simulationSteps: readonly PostmanStep[] = [
  {
    route: 'createRule',
    title: 'Draft a rule to try',
    body: { name: 'Tried {{run}}', rule_json: content, status: 'draft' },
    statuses: [201],
    keep: { triedRuleId: '.id' },
  },
  {
    route: 'sendEvent',
    title: 'Send an event to try it on',
    body: {
      id: 'simulated-{{run}}',
      type: 'postman.{{run}}.simulated',
      data: { referred_id: 'bob-{{run}}' },
    },
    statuses: [201],
  },
  {
    route: 'simulateRule',
    body: { rule_id: '{{triedRuleId}}', last: 100 },
    statuses: [202],
    keep: { simulationId: '.id' },
  },
  { route: 'getSimulation', parameters: simulation, statuses: [200] },
  { route: 'listSimulations', statuses: [200] },
  {
    route: 'cancelSimulation',
    parameters: simulation,
    // It may have ended meanwhile.
    statuses: [200, 409],
  },
  {
    route: 'getEventDecision',
    parameters: { id: 'simulated-{{run}}' },
    statuses: [200],
  },
  {
    route: 'explainEvent',
    parameters: { id: 'simulated-{{run}}' },
    query: { rule_id: '{{triedRuleId}}' },
    statuses: [200],
    expect: [['.rule.was_in_force', false]],
  },
]
