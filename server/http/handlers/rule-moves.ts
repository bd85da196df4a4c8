import type { Finding } from '@pineos/contract/findings.ts'
import type { Rule } from '@pineos/contract/rules.ts'
import { eTagOf } from '../../rules/rule-change.ts'
import { errorsOf } from '../../rules/rule-checks.ts'
import type { RuleContent } from '../../rules/rule-content.ts'
import type { RuleMoves } from '../../rules/rule-moves.ts'
import type { Handlers } from '../handler.ts'
import { changeRequest } from './rule-versions.ts'

type RuleMovesHandlers = Handlers<
  | 'checkRule'
  | 'publishRule'
  | 'unscheduleRule'
  | 'approveRule'
  | 'pauseRule'
  | 'resumeRule'
  | 'retireRule'
  | 'rollBackRule'
>

export interface RuleMovesDependencies {
  readonly ruleMoves: RuleMoves
  readonly checkContent: (rule: {
    content: RuleContent
    ruleId: string | null
  }) => Promise<readonly Finding[]>
}

export function ruleMovesHandlers({
  ruleMoves,
  checkContent,
}: RuleMovesDependencies): RuleMovesHandlers {
  return {
    async checkRule({ body }) {
      const findings = await checkContent({
        content: body.rule_json,
        ruleId: body.rule_id ?? null,
      })
      return {
        status: 200,
        body: { ok: errorsOf(findings).length === 0, findings: [...findings] },
      }
    },
    publishRule: async (request) =>
      moved(await ruleMoves.publish(changeRequest(request), request.body)),
    unscheduleRule: async (request) =>
      moved(await ruleMoves.unschedule(changeRequest(request), request.body.version)),
    approveRule: async (request) =>
      moved(await ruleMoves.approve(changeRequest(request), request.body.version)),
    pauseRule: async (request) =>
      moved(await ruleMoves.pause(changeRequest(request), request.body.reason ?? null)),
    resumeRule: async (request) =>
      moved(await ruleMoves.resume(changeRequest(request), request.body.reason ?? null)),
    retireRule: async (request) =>
      moved(await ruleMoves.retire(changeRequest(request), request.body.reason ?? null)),
    rollBackRule: async (request) =>
      moved(await ruleMoves.rollBack(changeRequest(request), request.body)),
  }
}

const moved = (rule: Rule) =>
  ({ status: 200, body: rule, headers: { etag: eTagOf(rule) } }) as const
