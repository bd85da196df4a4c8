import { eventSourceDefault } from '@pineos/contract/events.ts'
import type { Explanations } from '../../explanations/explanations.ts'
import type { Handlers } from '../handler.ts'

export function explanationsHandlers({
  explanations,
}: {
  readonly explanations: Explanations
}): Handlers<'getEventDecision' | 'explainEvent'> {
  return {
    async getEventDecision({ parameters: { id }, query: { source = eventSourceDefault } }) {
      return { status: 200, body: await explanations.decisions({ source, id }) }
    },
    async explainEvent({ parameters: { id }, query: { source = eventSourceDefault, rule_id } }) {
      const ruleId = rule_id.toLowerCase()
      return { status: 200, body: await explanations.explain({ source, id }, ruleId) }
    },
  }
}
