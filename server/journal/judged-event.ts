import type { JudgedEvent } from '@pineos/core/rules/evaluation/event-facts.ts'
import type { IncomingEvent } from './command.ts'

/** The event as rules see it. */
export function judgedEvent({ type, userId, occurredAt, data }: IncomingEvent): JudgedEvent {
  return { type, userId, atMs: Date.parse(occurredAt), data }
}
