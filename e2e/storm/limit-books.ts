/** A rule with one limit, as it was published. */
export interface LimitedRule {
  readonly id: string
  readonly limit: {
    readonly per: 'user' | 'pair' | 'rule' | 'action' | 'program'
    readonly within: 'lifetime' | 'day' | 'week' | 'month' | 'P7D' | 'PT24H'
    readonly max_count?: number
    readonly max_amount_cents?: number
  }
}

/** What a rule has paid for an event; 0 where it paid nothing. */
export interface Payment {
  readonly ruleId: string
  readonly eventId: string
  readonly atMs: number
  readonly referrer: string
  readonly referred: string
  readonly paidCents: number
  /** It was refused or clipped by the limit. */
  readonly isShort: boolean
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** 1 January 1970 was a Thursday. */
const daysFromMonday = 3

/** For each window: the period that an instant is in, and how many of them a window spans. */
const windows: Readonly<
  Record<LimitedRule['limit']['within'], { period: (atMs: number) => number; span: number }>
> = {
  lifetime: { period: () => 0, span: 1 },
  day: { period: (atMs) => Math.floor(atMs / dayMs), span: 1 },
  week: { period: (atMs) => Math.floor((Math.floor(atMs / dayMs) + daysFromMonday) / 7), span: 1 },
  month: {
    period: (atMs) => new Date(atMs).getUTCFullYear() * 12 + new Date(atMs).getUTCMonth(),
    span: 1,
  },
  P7D: { period: (atMs) => Math.floor(atMs / dayMs), span: 7 },
  PT24H: { period: (atMs) => Math.floor(atMs / hourMs), span: 24 },
}

const owners: Readonly<Record<LimitedRule['limit']['per'], (payment: Payment) => string>> = {
  user: ({ referrer }) => referrer,
  pair: ({ referrer, referred }) => `${referrer} ${referred}`,
  rule: () => '',
  action: () => '',
  program: () => '',
}

/**
 * Where limits were not held, found by adding up what was paid and by nothing that the service keeps of
 * it: a window in which more was paid, or a payment cut short though all that was ever paid around it
 * leaves room.
 */
export function limitFaults(
  rules: readonly LimitedRule[],
  payments: readonly Payment[],
): readonly string[] {
  return rules.flatMap(({ id, limit }) => {
    const { period, span } = windows[limit.within]
    const ownerOf = owners[limit.per]
    const own = payments.filter(({ ruleId }) => ruleId === id)
    const counted = limit.per === 'program' ? payments : own
    const paidOf = new Map<string, Payment[]>()
    for (const payment of counted.filter(({ paidCents }) => paidCents > 0))
      paidOf.set(ownerOf(payment), [...(paidOf.get(ownerOf(payment)) ?? []), payment])
    const used = (about: Payment, from: number, to: number) => {
      const near = (paidOf.get(ownerOf(about)) ?? []).filter(({ atMs }) => {
        const place = period(atMs)
        return from <= place && place <= to
      })
      return limit.max_count === undefined
        ? near.reduce((sum, { paidCents }) => sum + paidCents, 0)
        : near.length
    }
    const max = limit.max_count ?? limit.max_amount_cents ?? 0
    return own.flatMap((payment) => {
      const place = period(payment.atMs)
      const before = used(payment, place - span + 1, place)
      const around = used(payment, place - span + 1, place + span - 1)
      const what = `${limit.per} ${limit.within}, event ${payment.eventId}`
      if (payment.paidCents > 0 && before > max) return [`${what}: ${before} of ${max} was paid`]
      if (payment.isShort && around < max) return [`${what}: cut short at ${around} of ${max}`]
      if (!payment.isShort && payment.paidCents !== 100) return [`${what}: not paid, no reason`]
      return []
    })
  })
}
