import { ruleSchema } from '@pineos/core/rules/language/schema.ts'
import type { EventTypes } from '../../rules/event-catalogue.ts'
import { actorOf } from '../../rules/rule-change.ts'
import type { Handlers } from '../handler.ts'

type EventTypesHandlers = Handlers<
  | 'getRuleSchema'
  | 'listFacts'
  | 'putEventType'
  | 'listEventTypes'
  | 'getEventType'
  | 'deleteEventType'
  | 'inferEventType'
>

export function eventTypesHandlers({
  eventTypes,
}: {
  readonly eventTypes: EventTypes
}): EventTypesHandlers {
  return {
    async getRuleSchema() {
      return { status: 200, body: ruleSchema }
    },

    async listFacts({ query }) {
      const on = query.on === undefined ? null : query.on.split(',').map((type) => type.trim())
      return { status: 200, body: await eventTypes.facts(on) }
    },

    async putEventType({ parameters, body, principal }) {
      const { eventType, isNew } = await eventTypes.put(
        parameters.type,
        body,
        actorOf(principal).by,
      )
      return { status: isNew ? 201 : 200, body: eventType }
    },

    async listEventTypes() {
      return { status: 200, body: { event_types: await eventTypes.list() } }
    },

    async getEventType({ parameters }) {
      return { status: 200, body: await eventTypes.get(parameters.type) }
    },

    async deleteEventType({ parameters }) {
      return { status: 200, body: await eventTypes.remove(parameters.type) }
    },

    async inferEventType({ parameters }) {
      return { status: 200, body: await eventTypes.infer(parameters.type) }
    },
  }
}
