import type { RuleSet } from '../rules/compiled/rule-set.ts'
import { factsOf, type JudgedEvent, ownersOf } from '../rules/evaluation/event-facts.ts'
import { CountersInMemory } from './counters-in-memory.ts'
import { type Judgement, judge } from './judgement.ts'
import { prospectsOf, type Referral } from './prospects.ts'

/** Events whose outcome differs that are kept to be shown. */
export const changedExamplesMax = 20
/** Users who are named as those who would receive the most, in each currency. */
export const topBeneficiariesMax = 10
/** Users looked at in one step of making the result. */
const usersPerStep = 1_000

/** An event of the past, in the order in which events came in. */
export interface PastEvent extends JudgedEvent {
  readonly source: string
  readonly id: string
}

export interface SimulationOptions {
  /** The rules in force. */
  readonly live: RuleSet
  /** The same with the draft in the place of what it would replace. */
  readonly draft: RuleSet
  readonly timezone: string
}

/** What one set of rules would have done. Minor units by currency; debits are negative. */
export interface SimulatedSide {
  readonly matches: number
  readonly rewards: number
  readonly cost: Readonly<Record<string, bigint>>
}

export interface SimulatedPayment {
  readonly ruleId: string
  readonly ruleName: string
  readonly kind: 'credit' | 'debit'
  readonly userId: string
  readonly amountCents: bigint
  readonly currency: string
}

export interface ChangedExample {
  readonly source: string
  readonly eventId: string
  readonly live: readonly SimulatedPayment[]
  readonly draft: readonly SimulatedPayment[]
}

export interface SimulationResult {
  readonly events: number
  readonly live: SimulatedSide
  readonly draft: SimulatedSide
  /** The cost of the draft less that of what is in force. */
  readonly difference: Readonly<Record<string, bigint>>
  readonly eventsChanged: number
  readonly examples: readonly ChangedExample[]
  /** By currency, the largest first. */
  readonly topBeneficiaries: readonly {
    readonly userId: string
    readonly currency: string
    readonly amountCents: bigint
  }[]
}

/**
 * Goes through past events in the order in which they came in and judges each by the rules in force and
 * by a draft, with the same function as live events and with counters as each would have left them. It
 * takes every reward to be paid: what the ledger would refuse, such as a debit beyond a balance, it does
 * not know.
 */
export class Simulation {
  readonly #live: Side
  readonly #draft: Side
  readonly #timezone: string
  readonly #referrals = new Map<string, number>()
  readonly #examples: ChangedExample[] = []
  #events = 0
  #eventsChanged = 0

  constructor({ live, draft, timezone }: SimulationOptions) {
    this.#live = new Side(live)
    this.#draft = new Side(draft)
    this.#timezone = timezone
  }

  /** Takes an event that only goes before those that are asked about: it counts, and is not told of. */
  warmUp(event: PastEvent): void {
    this.#judge(event)
  }

  take(event: PastEvent): void {
    const { live, draft } = this.#judge(event)
    const before = this.#live.note(live)
    const after = this.#draft.note(draft)
    this.#events += 1
    if (isSame(before, after)) return
    this.#eventsChanged += 1
    if (this.#examples.length >= changedExamplesMax) return
    this.#examples.push({ source: event.source, eventId: event.id, live: before, draft: after })
  }

  /** How much it keeps in memory: counters, users and referrals. */
  get size(): number {
    return this.#live.size + this.#draft.size + this.#referrals.size
  }

  result(): SimulationResult {
    const steps = this.resultInSteps()
    for (;;) {
      const { done, value } = steps.next()
      if (done) return value
    }
  }

  /** The result, in steps each of which takes little time however many users there are. */
  *resultInSteps(): Generator<undefined, SimulationResult> {
    const topBeneficiaries = yield* this.#draft.topBeneficiaries()
    const [live, draft] = [this.#live.result(), this.#draft.result()]
    return {
      events: this.#events,
      live,
      draft,
      difference: differenceOf(draft.cost, live.cost),
      eventsChanged: this.#eventsChanged,
      examples: this.#examples,
      topBeneficiaries,
    }
  }

  #judge(event: PastEvent): { live: Judgement; draft: Judgement } {
    const referral = this.#referralOf(event)
    const options = { timezone: this.#timezone, referral, trace: 'met' } as const
    return { live: this.#live.judge(event, options), draft: this.#draft.judge(event, options) }
  }

  #referralOf(event: JudgedEvent): Referral | null {
    const { referrer, referred } = ownersOf(factsOf(event))
    if (referrer === null || referred === null) return null
    const key = JSON.stringify([referrer, referred])
    const startedAtMs = this.#referrals.get(key)
    if (startedAtMs !== undefined) return { startedAtMs, isNew: false }
    this.#referrals.set(key, event.atMs)
    return { startedAtMs: event.atMs, isNew: true }
  }
}

/** One of the two sets of rules with what it has done so far. */
class Side {
  readonly #set: RuleSet
  readonly #counters = new CountersInMemory()
  readonly #cost = new Map<string, bigint>()
  readonly #byUser = new Map<string, Sum>()
  #matches = 0
  #rewards = 0

  constructor(set: RuleSet) {
    this.#set = set
  }

  judge(event: JudgedEvent, options: Parameters<typeof prospectsOf>[2]): Judgement {
    const prospects = prospectsOf(this.#set, event, options)
    const judgement = judge(prospects, { counters: (read) => this.#counters.read(read) })
    this.#counters.add(judgement.increments)
    return judgement
  }

  /** Counts what was paid, and gives it. */
  note({ results }: Judgement): readonly SimulatedPayment[] {
    const live = results.filter(({ isShadow, standing }) => !isShadow && standing === 'met')
    this.#matches += live.length
    const payments = live.flatMap(({ ruleId, ruleName, actions }) =>
      actions.flatMap(({ problem, kind, userId, amountCents, currency }) =>
        problem === null && userId !== null
          ? [{ ruleId, ruleName, kind, userId, amountCents, currency }]
          : [],
      ),
    )
    for (const payment of payments) this.#count(payment)
    return payments
  }

  #count({ kind, userId, amountCents, currency }: SimulatedPayment): void {
    this.#rewards += 1
    const signed = kind === 'credit' ? amountCents : -amountCents
    this.#cost.set(currency, (this.#cost.get(currency) ?? 0n) + signed)
    const key = `${currency}\0${userId}`
    const known = this.#byUser.get(key) ?? { userId, currency, amountCents: 0n }
    this.#byUser.set(key, { ...known, amountCents: known.amountCents + signed })
  }

  result(): SimulatedSide {
    const cost = Object.fromEntries(this.#cost)
    return { matches: this.#matches, rewards: this.#rewards, cost }
  }

  get size(): number {
    return this.#counters.size + this.#byUser.size
  }

  *topBeneficiaries(): Generator<undefined, SimulationResult['topBeneficiaries']> {
    const top = new Map([...this.#cost.keys()].sort().map((currency) => [currency, [] as Sum[]]))
    let seen = 0
    for (const sum of this.#byUser.values()) {
      keepLargest(top.get(sum.currency) ?? [], sum)
      seen += 1
      if (seen % usersPerStep === 0) yield
    }
    return [...top.values()].flat()
  }
}

type Sum = SimulationResult['topBeneficiaries'][number]

/** Takes the sum into those that are the largest, where it is one; among equals the first stays. */
function keepLargest(largest: Sum[], sum: Sum): void {
  if (sum.amountCents <= 0n) return
  const place = largest.findIndex(({ amountCents }) => amountCents < sum.amountCents)
  if (place === -1) largest.push(sum)
  else largest.splice(place, 0, sum)
  if (largest.length > topBeneficiariesMax) largest.pop()
}

function isSame(a: readonly SimulatedPayment[], b: readonly SimulatedPayment[]): boolean {
  const keysOf = (payments: readonly SimulatedPayment[]) =>
    payments.map(({ ruleId, kind, userId, amountCents, currency }) =>
      [ruleId, kind, userId, amountCents, currency].join('\0'),
    )
  const [left, right] = [keysOf(a).sort(), keysOf(b).sort()]
  return left.length === right.length && left.every((key, index) => key === right[index])
}

function differenceOf(
  after: Readonly<Record<string, bigint>>,
  before: Readonly<Record<string, bigint>>,
): Readonly<Record<string, bigint>> {
  const currencies = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return Object.fromEntries(
    currencies.map((currency) => [currency, (after[currency] ?? 0n) - (before[currency] ?? 0n)]),
  )
}
