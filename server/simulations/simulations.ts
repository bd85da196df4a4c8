import {
  type Simulation,
  type SimulationRequest,
  simulatedEventsDefault,
} from '@pineos/contract/simulations.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { Failure } from '../failure.ts'
import { understood } from '../rules/rule-content.ts'
import { readRule, readVersion } from '../rules/rule-rows.ts'
import type { AskedSimulation, SimulationStore } from './simulation-store.ts'

export interface Simulations {
  /**
   * Stores what is asked; a runner takes it. Fails with `validation_failed`, `rule_invalid`,
   * `rule_not_found`, `rule_version_not_found` or `simulations_exceeded`.
   */
  create(request: SimulationRequest, createdBy: string): Promise<Simulation>
  /** Fails with `simulation_not_found`. */
  get(id: string): Promise<Simulation>
  /** The newest first. */
  list(): Promise<Simulation[]>
  /** Fails with `simulation_not_found` or `simulation_finished`. */
  cancel(id: string): Promise<Simulation>
}

export interface SimulationsOptions {
  readonly pool: pg.Pool
  readonly store: SimulationStore
  readonly clock: Clock
  /** A new UUIDv7. */
  readonly newId: () => string
  readonly defaultCurrency: string
  /** Of the program, an IANA name. */
  readonly timezone: string
  /** Called when there is one more to run. */
  readonly onCreated: () => void
}

export function createSimulations(options: SimulationsOptions): Simulations {
  const { store, clock, newId, onCreated } = options

  async function get(id: string): Promise<Simulation> {
    const simulation = await store.find(id)
    if (!simulation) throw new Failure('simulation_not_found', `There is no simulation ${id}.`)
    return simulation
  }

  return {
    async create(request, createdBy) {
      assertUnambiguous(request)
      const asked = { ...(await draftOf(request, options)), ...rangeOf(request) }
      const createdAt = clock.now()
      const simulation = await store.insert({ id: newId(), asked, createdAt, createdBy })
      onCreated()
      return simulation
    },
    get,
    list: () => store.list(),
    async cancel(id) {
      const cancelled = await store.cancel(id, clock.now())
      if (cancelled) return cancelled
      const simulation = await get(id)
      if (simulation.status === 'cancelled') return simulation
      throw new Failure('simulation_finished', `The simulation is ${simulation.status}.`)
    },
  }
}

interface Ambiguity {
  readonly pointer: string
  readonly detail: string
  readonly isThere: (request: SimulationRequest) => boolean
}

const ambiguities: readonly Ambiguity[] = [
  {
    pointer: '/body',
    detail: 'Give rule_json, rule_id or both.',
    isThere: ({ rule_json, rule_id }) => rule_json === undefined && rule_id === undefined,
  },
  {
    pointer: '/body/version',
    detail:
      'A version is one of the rule that rule_id names, and what it says stands in its place in rule_json.',
    isThere: ({ version, rule_id, rule_json }) =>
      version !== undefined && (rule_id === undefined || rule_json !== undefined),
  },
  {
    pointer: '/body/last',
    detail: 'Give either last or a time.',
    isThere: ({ last, from, to }) => last !== undefined && (from !== undefined || to !== undefined),
  },
  {
    pointer: '/body/to',
    detail: 'to must be after from.',
    isThere: ({ from, to }) =>
      from !== undefined && to !== undefined && Date.parse(to) <= Date.parse(from),
  },
]

function assertUnambiguous(request: SimulationRequest): void {
  const errors = ambiguities
    .filter(({ isThere }) => isThere(request))
    .map(({ pointer, detail }) => ({ pointer, code: 'ambiguous', detail }))
  if (errors.length === 0) return
  throw new Failure('validation_failed', errors.map(({ detail }) => detail).join(' '), { errors })
}

type AskedDraft = Pick<AskedSimulation, 'rule_json' | 'rule_id' | 'rule_name' | 'version'>

/** The rule as it is now: whoever edits a draft meanwhile does not change what was asked. */
async function draftOf(
  { rule_json, rule_id, version }: SimulationRequest,
  { pool, ...language }: SimulationsOptions,
): Promise<AskedDraft> {
  if (rule_json !== undefined) understood(rule_json, language)
  if (rule_id === undefined)
    return { rule_json: rule_json ?? {}, rule_id: null, rule_name: null, version: null }
  const rule = await readRule(pool, rule_id)
  const named = { rule_id: rule.id, rule_name: rule.name }
  if (rule_json !== undefined) return { ...named, rule_json, version: null }
  const number = version ?? rule.latest_version
  const stored = await readVersion(pool, { ruleId: rule.id, version: number })
  return { ...named, rule_json: stored.rule_json, version: number }
}

function rangeOf({
  last,
  from,
  to,
}: SimulationRequest): Pick<AskedSimulation, 'last' | 'from' | 'to'> {
  if (from === undefined && to === undefined)
    return { last: last ?? simulatedEventsDefault, from: null, to: null }
  const instant = (text: string | undefined) =>
    text === undefined ? null : new Date(text).toISOString()
  return { last: null, from: instant(from), to: instant(to) }
}
