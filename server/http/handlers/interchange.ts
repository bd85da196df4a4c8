import type { InterchangeFormat } from '@pineos/contract/interchange.ts'
import type { Rule } from '@pineos/contract/rules.ts'
import type { ExportedRule } from '@pineos/core/rules/interchange/exported-rule.ts'
import { isJsonObject, type JsonObject } from '@pineos/core/rules/interchange/finding.ts'
import type { ImportedRule } from '@pineos/core/rules/interchange/imported-rule.ts'
import { exportJsonLogic } from '@pineos/core/rules/interchange/json-logic-export.ts'
import { importJsonLogic } from '@pineos/core/rules/interchange/json-logic-import.ts'
import { exportRulesEngine } from '@pineos/core/rules/interchange/rules-engine-export.ts'
import { importRulesEngine } from '@pineos/core/rules/interchange/rules-engine-import.ts'
import type { Handlers } from '../handler.ts'

export interface InterchangeDependencies {
  readonly readRule: (id: string) => Promise<Rule>
}

interface Interchange {
  readonly read: (document: unknown) => ImportedRule
  readonly write: (rule: JsonObject, name: string) => ExportedRule
}

const formats: Readonly<Record<InterchangeFormat, Interchange>> = {
  'json-logic': { read: importJsonLogic, write: exportJsonLogic },
  'json-rules-engine': { read: importRulesEngine, write: exportRulesEngine },
}

export function interchangeHandlers({
  readRule,
}: InterchangeDependencies): Handlers<'importRule' | 'exportRule'> {
  return {
    async importRule({ body: { format, document, name } }) {
      const { ruleJson, unsupported, differences } = formats[format].read(document)
      const named = isJsonObject(document) ? document['name'] : undefined
      return {
        status: 200,
        body: {
          name: name ?? (typeof named === 'string' ? named : null),
          rule_json: ruleJson,
          unsupported: [...unsupported],
          differences: [...differences],
        },
      }
    },

    async exportRule({ parameters, query: { format } }) {
      const { name, rule_json: ruleJson } = await readRule(parameters.id)
      // It was stored from JSON.
      const exported = formats[format].write(ruleJson as JsonObject, name)
      return {
        status: 200,
        body: {
          format,
          document: exported.document,
          unsupported: [...exported.unsupported],
          differences: [...exported.differences],
        },
      }
    },
  }
}
