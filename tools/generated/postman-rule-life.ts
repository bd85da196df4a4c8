import type { PostmanStep } from './postman-steps.ts'

const content = (cents: number) => ({
  on: ['postman.{{run}}.life'],
  always: true,
  actions: [{ type: 'credit', user: 'referred_id', amount_cents: cents, reward_id: 'bonus' }],
})

const parameters = { id: '{{lifeRuleId}}' }
const second = { ...parameters, version: '2' }

const testCase = {
  name: 'A referred user',
  event: {
    type: 'postman.{{run}}.life',
    occurred_at: '2027-01-31T12:00:00Z',
    data: { referred_id: 'ann' },
  },
  history: [],
  limits: [],
  expects: {
    outcome: 'true',
    rewards: [
      { action: '/actions/0', kind: 'credit', user_id: 'ann', amount_cents: 100, currency: 'USD' },
    ],
  },
}

/** A rule from draft to retirement, by itself: nothing else of the collection meets it. */
export const ruleLifeSteps: readonly PostmanStep[] = [
  {
    route: 'checkRule',
    body: { rule_json: content(100) },
    statuses: [200],
    expect: [['.ok', true]],
  },
  { route: 'getRuleSchema', statuses: [200], expect: [['.title', 'Rule']] },
  {
    route: 'putEventType',
    parameters: { type: 'postman.{{run}}.life' },
    body: {
      description: 'Of this run of the collection',
      schema: { type: 'object', properties: { referred_id: { type: 'string' } } },
    },
    statuses: [201],
  },
  { route: 'getEventType', parameters: { type: 'postman.{{run}}.life' }, statuses: [200] },
  { route: 'listEventTypes', statuses: [200] },
  {
    route: 'inferEventType',
    parameters: { type: 'postman.{{run}}.life' },
    statuses: [404],
    expect: [['.code', 'event_type_unseen']],
  },
  { route: 'listFacts', query: { on: 'postman.{{run}}.life' }, statuses: [200] },
  {
    route: 'createRule',
    title: 'Draft a rule',
    body: { name: 'Life {{run}}', rule_json: content(100), status: 'draft' },
    statuses: [201],
    keep: { lifeRuleId: '.id' },
    expect: [['.is_active', false]],
  },
  {
    route: 'updateRule',
    parameters,
    body: { description: 'To see what a rule goes through' },
    statuses: [200],
  },
  {
    route: 'approveRule',
    title: 'Approve a version of one’s own',
    parameters,
    body: { version: 1 },
    statuses: [403],
    expect: [['.code', 'approval_by_author']],
  },
  {
    route: 'createTestCase',
    parameters,
    body: testCase,
    statuses: [201],
    keep: { testCaseId: '.id' },
  },
  {
    route: 'replaceTestCase',
    parameters: { ...parameters, test_case_id: '{{testCaseId}}' },
    body: { ...testCase, name: 'Every referred user' },
    statuses: [200],
  },
  { route: 'listTestCases', parameters, statuses: [200], expect: [['.test_cases.length', 1]] },
  { route: 'generateTestCases', parameters, body: { store: false }, statuses: [200] },
  { route: 'runTestCases', parameters, body: {}, statuses: [200], expect: [['.ok', true]] },
  {
    route: 'deleteTestCase',
    parameters: { ...parameters, test_case_id: '{{testCaseId}}' },
    statuses: [200],
  },
  {
    route: 'publishRule',
    parameters,
    body: { version: 1, acknowledge: ['no_limit'] },
    statuses: [200],
    expect: [['.is_active', true]],
  },
  {
    route: 'createRuleVersion',
    parameters,
    body: { rule_json: content(200) },
    statuses: [201],
    expect: [['.version', 2]],
  },
  {
    route: 'editRuleVersion',
    parameters: second,
    body: { rule_json: content(250) },
    statuses: [200],
  },
  { route: 'getRuleVersion', parameters: second, statuses: [200] },
  {
    route: 'diffRuleVersions',
    parameters,
    query: { from: '1', to: '2' },
    statuses: [200],
    expect: [['.differences.length', 1]],
  },
  {
    route: 'publishRule',
    title: 'Schedule a version',
    parameters,
    body: { version: 2, at: '2999-01-01T00:00:00Z', acknowledge: ['no_limit'] },
    statuses: [200],
    expect: [['.live_version', 1]],
  },
  { route: 'unscheduleRule', parameters, body: { version: 2 }, statuses: [200] },
  {
    route: 'publishRule',
    title: 'Publish the second version',
    parameters,
    body: { acknowledge: ['no_limit'] },
    statuses: [200],
    expect: [['.live_version', 2]],
  },
  {
    route: 'pauseRule',
    parameters,
    body: { reason: 'Looking into it' },
    statuses: [200],
    expect: [['.status', 'paused']],
  },
  { route: 'resumeRule', parameters, body: {}, statuses: [200] },
  {
    route: 'rollBackRule',
    parameters,
    body: { version: 1, acknowledge: ['no_limit'] },
    statuses: [200],
    expect: [['.version', 3]],
  },
  {
    route: 'listRuleVersions',
    parameters,
    statuses: [200],
    expect: [['.versions.length', 3]],
  },
  {
    route: 'retireRule',
    parameters,
    body: { reason: 'The offer is over' },
    statuses: [200],
    expect: [['.status', 'retired']],
  },
  {
    route: 'listRuleChanges',
    parameters,
    statuses: [200],
    expect: [['.changes[0].action', 'retire']],
  },
  { route: 'deleteEventType', parameters: { type: 'postman.{{run}}.life' }, statuses: [200] },
]
