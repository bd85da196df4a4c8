import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Fleet, startFleet } from './harness/fleet.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { keyFaults, type Observation, send } from './storm/answers.ts'
import { compareBooks, readTables } from './storm/books.ts'
import { StormCommands } from './storm/commands.ts'

/** Commands in the storm; the campaign asks for more. */
const commands = Number(process.env['STORM_COMMANDS'] ?? 20_000)
const processes = 4
const clients = 64
const timeoutMs = 3_600_000

let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet(processes)
})
afterAll(() => fleet.stop())

/** Everything that was answered, by key. */
async function storm(): Promise<Map<string, Observation[]>> {
  const source = new StormCommands()
  const byKey = new Map<string, Observation[]>()
  let sent = 0
  const client = async () => {
    while (sent < commands) {
      // One after the other to another process: repeats are under way beside what they repeat.
      const api = fleet.api(sent++)
      for (const observation of await send(api, source.next())) {
        const { operation, entry, status } = observation
        if (entry && status === 201) source.learn(operation.kind, entry)
        byKey.set(operation.key, [...(byKey.get(operation.key) ?? []), observation])
      }
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return byKey
}

// Without it two processes could each believe that they were the first with a key, spend the same money
// or reverse the same entry, or stand in each other's way until a caller notices.
it(
  `gives each of ${commands} commands of all kinds at most one effect, from ${processes} processes, repeats and altered repeats among them`,
  async () => {
    const byKey = await storm()
    const faults = [...byKey].flatMap(([key, observations]) => keyFaults(key, observations))
    const outputs = fleet.services.map((service) => service.output().slice(-2_000)).join('\n')
    expect(faults.slice(0, 20), outputs).toEqual([])

    const posted = new Map<string, Observation>()
    for (const [key, observations] of byKey) {
      const first = observations.find(({ status }) => status === 201)
      if (first) posted.set(key, first)
    }
    const books = compareBooks(await readTables(fleet.databaseUrl), posted)
    expect(books.faults.slice(0, 20)).toEqual([])
    // Every kind of movement has taken part in it.
    expect(Object.keys(books.entriesOfFlow).sort()).toEqual([
      'confirm',
      'credit',
      'credit_pending',
      'debit',
      'reverse_credit',
      'reverse_debit',
      'reverse_pending',
    ])
    await expectProofOfZero(fleet.api(0))
  },
  timeoutMs,
)
