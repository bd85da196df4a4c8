import { Type } from 'typebox'
import { closed, EntityId } from '../primitives.ts'
import { route } from '../route.ts'
import {
  Simulation,
  SimulationRequest,
  simulatedEventsMax,
  simulationsListed,
  simulationsUnderWayMax,
} from '../simulations.ts'

const one = closed({ id: EntityId })
// Its result names users and what they would receive.
const scope = 'rules:write'

/** What a draft would have paid for events of the past. */
export const simulationsRoutes = {
  simulateRule: route({
    method: 'POST',
    path: '/api/v1/rules/simulate',
    tag: 'Rules',
    summary: 'Simulate a rule over past events, beside the rules in force',
    description: `Nothing is stored but the result, and nothing is paid. It runs beside the requests over at most ${simulatedEventsMax} events; ask for it at Location.`,
    scope,
    body: SimulationRequest,
    replies: { 202: Simulation },
    problems: ['rule_invalid', 'rule_not_found', 'rule_version_not_found', 'simulations_exceeded'],
  }),
  listSimulations: route({
    method: 'GET',
    path: '/api/v1/simulations',
    tag: 'Rules',
    summary: `List the last ${simulationsListed} simulations, newest first`,
    description: `At most ${simulationsUnderWayMax} wait or run at a time.`,
    scope,
    replies: {
      200: closed({ simulations: Type.Array(Simulation) }, { title: 'SimulationList' }),
    },
    problems: [],
  }),
  getSimulation: route({
    method: 'GET',
    path: '/api/v1/simulations/{id}',
    tag: 'Rules',
    summary: 'One simulation: how far it is, and what it has found',
    scope,
    parameters: one,
    replies: { 200: Simulation },
    problems: ['simulation_not_found'],
  }),
  cancelSimulation: route({
    method: 'POST',
    path: '/api/v1/simulations/{id}/cancel',
    tag: 'Rules',
    summary: 'End a simulation that waits or runs',
    description: 'One that was cancelled before is given as it is.',
    scope,
    parameters: one,
    replies: { 200: Simulation },
    problems: ['simulation_not_found', 'simulation_finished'],
  }),
}
