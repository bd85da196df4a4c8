import type { ReceivedEvent } from '@pineos/contract/events.ts'
import {
  type EventRequest,
  EventRequest as EventRequestSchema,
  type EventResult,
  eventSourceDefault,
} from '@pineos/contract/events.ts'
import type { Clock } from '../../clock.ts'
import { type Events, eventToWire } from '../../events/events.ts'
import { Failure } from '../../failure.ts'
import type { IncomingEvent } from '../../journal/command.ts'
import type { Journal } from '../../journal/journal.ts'
import type { EventOutcome } from '../../journal/outcome.ts'
import type { Handlers } from '../handler.ts'
import { fingerprintOf } from '../idempotency-key.ts'
import { failureOf, problemReply } from '../problem-details.ts'
import { type Validator, validationFailure } from '../validation.ts'

export interface EventsDependencies {
  readonly journal: Journal
  readonly events: Events
  readonly validator: Validator
  readonly clock: Clock
  /** A new UUIDv7. */
  readonly newId: () => string
}

export function eventsHandlers(
  dependencies: EventsDependencies,
): Handlers<'sendEvent' | 'sendEvents' | 'getEvent'> {
  const { journal, events, validator, clock, newId } = dependencies
  const validate = validator.compile(EventRequestSchema, 'body')

  const receive = async (request: EventRequest, bytes: number) => {
    const event = incomingEvent(request, clock.now())
    return receivedReply(
      await journal.submit({ kind: 'event', id: newId(), event, ruleId: null }, bytes),
    )
  }

  const receiveOne = async (
    request: EventRequest,
    { index, bytes, requestId }: { index: number; bytes: number; requestId: string },
  ): Promise<EventResult> => {
    try {
      if (!validate(request))
        throw validationFailure(pointedAt(validate.errors ?? [], index), 'body')
      const { status, body } = await receive(request, bytes)
      return { status, ...body }
    } catch (error) {
      const { status, document } = problemReply(failureOf(error), requestId)
      return { status, problem: document }
    }
  }

  return {
    sendEvent: ({ body, bodyBytes }) => receive(body, bodyBytes),

    async sendEvents({ body, bodyBytes, requestId }) {
      const bytes = Math.ceil(bodyBytes / body.events.length)
      const results = await Promise.all(
        body.events.map((event, index) => receiveOne(event, { index, bytes, requestId })),
      )
      return { status: 200, body: { results } }
    },

    async getEvent({ parameters }) {
      return { status: 200, body: await events.get(parameters.source, parameters.id) }
    },
  }
}

/** The event with what the sender left open filled in; its fingerprint is of what was sent. */
export function incomingEvent(request: EventRequest, now: Date): IncomingEvent {
  const source = request.source ?? eventSourceDefault
  return {
    source,
    id: request.id,
    type: request.type,
    userId: request.user_id ?? null,
    occurredAt: new Date(request.occurred_at ?? now).toISOString(),
    data: request.data,
    fingerprint: fingerprintOf('event', { ...request, source }, request.id).fingerprint,
  }
}

interface ReceivedReply {
  readonly status: 200 | 201
  readonly body: ReceivedEvent
  readonly headers?: Readonly<Record<string, string>>
}

/** The answer to an event. Fails with `event_id_reused` or `rule_not_found`. */
function receivedReply(outcome: EventOutcome): ReceivedReply {
  const { event, decision, isDuplicate } = judgedOutcome(outcome)
  const body = { event: eventToWire(event), is_duplicate: isDuplicate, decision }
  return isDuplicate
    ? { status: 200, body, headers: { 'idempotent-replayed': 'true' } }
    : { status: 201, body }
}

/** The judged event, where it is one. Fails with `event_id_reused` or `rule_not_found`. */
export function judgedOutcome(outcome: EventOutcome): Extract<EventOutcome, { kind: 'judged' }> {
  if (outcome.kind === 'judged') return outcome
  throw new Failure(outcome.kind)
}

function pointedAt<Fault extends { instancePath: string }>(
  errors: readonly Fault[],
  index: number,
): Fault[] {
  return errors.map((error) => ({
    ...error,
    instancePath: `/events/${index}${error.instancePath}`,
  }))
}
