import { hourMs } from './customers.ts'
import { malformedLines } from './malformed.ts'
import type { Random } from './random.ts'
import type { Happening } from './story.ts'

/** An event as a sender posts it to `/api/v1/events`. */
export interface SentEvent {
  readonly id: string
  readonly type: string
  readonly source: string
  readonly user_id: string
  readonly occurred_at: string
  readonly data: Readonly<Record<string, unknown>>
}

/** One line of the file, and what the service should make of it. */
export interface Line {
  readonly kind: 'new' | 'duplicate' | 'conflict' | 'malformed'
  readonly text: string
  /** The event of a new line. */
  readonly event?: SentEvent
}

/**
 * The lines in the order in which they reach the service: some late, some sent again (byte for byte,
 * or with the members in another order, which is the same event), some ids used twice for different
 * events, and what broken senders produce in between.
 */
export function deliver(happenings: readonly Happening[], random: Random): Line[] {
  const slots = lateOrder(numbered(happenings), random).map((event): Line[] => [
    { kind: 'new', text: JSON.stringify(event), event },
  ])
  const slotAfter = (index: number, most: number): Line[] =>
    slots[Math.min(slots.length - 1, index + random.integer(0, most))] ?? []
  slots.forEach(([line], index) => {
    const event = line?.event
    if (!event) return
    if (random.chance(0.045)) slotAfter(index, 40).push(repeated(event, random))
    if (random.chance(0.01)) slotAfter(index, 60).push(conflicting(event, random))
  })
  // Never the last line: by that one it is seen whether the file was fed to its end.
  for (const text of malformedLines()) {
    slotAfter(random.integer(0, slots.length - 2), 0).push({ kind: 'malformed', text })
  }
  return slots.flat()
}

/** Each source counts its own events, in the order in which they happened. */
function numbered(happenings: readonly Happening[]): SentEvent[] {
  const counts = new Map<string, number>()
  return happenings.map(({ atMs, source, type, customer, data }) => {
    const count = (counts.get(source) ?? 0) + 1
    counts.set(source, count)
    return {
      id: `evt-${String(count).padStart(5, '0')}`,
      type,
      source,
      user_id: customer.id,
      occurred_at: new Date(atMs).toISOString(),
      data,
    }
  })
}

/** One event in twenty waits on a bad line for an hour to five days. */
function lateOrder(events: readonly SentEvent[], random: Random): SentEvent[] {
  return events
    .map((event, index) => {
      const delayMs = random.chance(0.05) ? random.integer(1, 120) * hourMs : 0
      return { event, index, arrivesMs: Date.parse(event.occurred_at) + delayMs }
    })
    .sort((a, b) => a.arrivesMs - b.arrivesMs || a.index - b.index)
    .map(({ event }) => event)
}

function repeated(event: SentEvent, random: Random): Line {
  const isReordered = random.chance(0.3)
  const members = isReordered ? Object.fromEntries(Object.entries(event).reverse()) : event
  return { kind: 'duplicate', text: JSON.stringify(members) }
}

/** The same id for another event: somebody else is named as referrer, or the event is said to be another day. */
function conflicting(event: SentEvent, random: Random): Line {
  const other = random.chance(0.5)
    ? {
        ...event,
        data: {
          ...event.data,
          referrer_id: 'mallory',
          referrer: { is_paid_user: true },
          referred: { subscription_status: 'active' },
        },
      }
    : { ...event, occurred_at: new Date(Date.parse(event.occurred_at) + 24 * hourMs).toISOString() }
  return { kind: 'conflict', text: JSON.stringify(other) }
}
