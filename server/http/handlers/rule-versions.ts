import type { RuleChange, RuleVersion } from '@pineos/contract/rule-versions.ts'
import { actorOf, type ChangeRequest, eTagOf } from '../../rules/rule-change.ts'
import type { ChangedVersion, RuleVersions } from '../../rules/rule-versions.ts'
import type { HandlerRequest, Handlers } from '../handler.ts'
import { numberedPage } from '../number-cursor.ts'

type RuleVersionsHandlers = Handlers<
  | 'updateRule'
  | 'createRuleVersion'
  | 'listRuleVersions'
  | 'getRuleVersion'
  | 'editRuleVersion'
  | 'diffRuleVersions'
  | 'listRuleChanges'
>

export function ruleVersionsHandlers({
  ruleVersions,
}: {
  readonly ruleVersions: RuleVersions
}): RuleVersionsHandlers {
  return {
    async updateRule(request) {
      const rule = await ruleVersions.rename(changeRequest(request), request.body)
      return { status: 200, body: rule, headers: { etag: eTagOf(rule) } }
    },

    async createRuleVersion(request) {
      const { rule_json: content } = request.body
      const changed = await ruleVersions.draft(changeRequest(request), content)
      const { rule_id, version } = changed.version
      const location = `/api/v1/rules/${rule_id}/versions/${version}`
      return { ...versionReply(changed), status: 201, headers: { ...eTag(changed), location } }
    },

    async listRuleVersions({ parameters, query }) {
      const { rows, next_cursor } = await numberedPage<RuleVersion>(query, {
        numberOf: ({ version }) => version,
        read: (page) => ruleVersions.list(parameters.id, page),
      })
      return { status: 200, body: { versions: [...rows], next_cursor } }
    },

    async getRuleVersion({ parameters: { id, version } }) {
      return versionReply(await ruleVersions.get(id, version))
    },

    async editRuleVersion(request) {
      const { version } = request.parameters
      const edited = { version, content: request.body.rule_json }
      return versionReply(await ruleVersions.edit(changeRequest(request), edited))
    },

    async diffRuleVersions({ parameters, query }) {
      return { status: 200, body: await ruleVersions.differences(parameters.id, query) }
    },

    async listRuleChanges({ parameters, query }) {
      const { rows, next_cursor } = await numberedPage<RuleChange>(query, {
        numberOf: ({ revision }) => revision,
        read: (page) => ruleVersions.changes(parameters.id, page),
      })
      return { status: 200, body: { changes: [...rows], next_cursor } }
    },
  }
}

/** Who wants to change which rule, and what they have seen of it. */
export function changeRequest({
  parameters,
  principal,
  ifMatch,
}: Pick<HandlerRequest<never>, 'principal' | 'ifMatch'> & {
  readonly parameters: { readonly id: string }
}): ChangeRequest {
  return { ruleId: parameters.id, actor: actorOf(principal), ifMatch }
}

const eTag = ({ revision }: ChangedVersion) => ({ etag: eTagOf({ revision }) })

const versionReply = (changed: ChangedVersion) =>
  ({ status: 200, body: changed.version, headers: eTag(changed) }) as const
