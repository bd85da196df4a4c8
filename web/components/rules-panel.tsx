import type { Rule } from '@pineos/contract/rules.ts'
import { useApi } from '../session/use-api.ts'
import { text } from '../text/en.ts'
import { type Column, DataTable } from './data-table.tsx'
import { Instant } from './instant.tsx'
import { EmptyState, Panel } from './panel.tsx'

const columns: readonly Column<Rule>[] = [
  { title: text.rule.name, cell: (rule) => rule.name },
  { title: text.rule.description, cell: (rule) => rule.description ?? '–', isProse: true },
  { title: text.rule.version, cell: (rule) => rule.version, isNumber: true },
  { title: text.rule.changed, cell: (rule) => <Instant at={rule.updated_at} /> },
]

/** The rules that events are judged by. */
export function RulesPanel() {
  const rules = useApi('listRules', { query: { active_only: true } })
  return (
    <Panel title={text.overview.rules} query={rules}>
      {(list) =>
        list.length === 0 ? (
          <EmptyState title={text.rule.none} hint={text.rule.noneHint} command={seedExamples()} />
        ) : (
          <DataTable
            label={text.overview.rules}
            columns={columns}
            rows={list}
            rowKey={(rule) => rule.id}
          />
        )
      }
    </Panel>
  )
}

function seedExamples(): string {
  return `curl -X POST ${location.origin}/api/v1/rules/seed-examples -H "Authorization: Bearer $API_KEY"`
}
