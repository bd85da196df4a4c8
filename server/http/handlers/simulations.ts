import { actorOf } from '../../rules/rule-change.ts'
import type { Simulations } from '../../simulations/simulations.ts'
import type { Handlers } from '../handler.ts'

type SimulationsHandlers = Handlers<
  'simulateRule' | 'listSimulations' | 'getSimulation' | 'cancelSimulation'
>

export function simulationsHandlers({
  simulations,
}: {
  readonly simulations: Simulations
}): SimulationsHandlers {
  return {
    async simulateRule({ body, principal }) {
      const simulation = await simulations.create(body, actorOf(principal).by)
      const location = `/api/v1/simulations/${simulation.id}`
      return { status: 202, body: simulation, headers: { location } }
    },
    async listSimulations() {
      return { status: 200, body: { simulations: await simulations.list() } }
    },
    async getSimulation({ parameters }) {
      return { status: 200, body: await simulations.get(parameters.id) }
    },
    async cancelSimulation({ parameters }) {
      return { status: 200, body: await simulations.cancel(parameters.id) }
    },
  }
}
