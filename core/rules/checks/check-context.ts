import type { EventSchemas } from '../catalogue/catalogue.ts'
import { catalogueOf } from '../catalogue/catalogue.ts'
import type { Condition, Group, Subject } from '../language/condition.ts'
import type { ParsedRule } from '../language/rule.ts'
import type { FactDomains } from './assumption.ts'
import { baseDomain } from './comparison-domain.ts'
import { commonDomain, domainOf } from './domain.ts'
import type { Fix } from './finding.ts'

/** Another rule of the program. */
export interface Neighbour {
  readonly id: string
  readonly name: string
  readonly rule: ParsedRule
  /** Whether it goes before the rule where both have the same priority: the older one does. */
  readonly isOlder: boolean
}

/** What a rule is checked against. */
export interface CheckContext {
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number
  /** The program's, an IANA name. */
  readonly timezone: string
  /** What is known of types of events, registered or inferred. */
  readonly schemas: EventSchemas
  /** The rules that are published, this one not included; only the first of them up to a limit are compared. */
  readonly neighbours: readonly Neighbour[]
  /** Whether limits of the whole program bound what the rule can pay. */
  readonly hasProgramLimits: boolean
}

/** Neighbours that share a type of event with the rule and are compared with it. */
export const neighboursComparedMax = 2_000

/** Facts that have only some values, as the schemas say, have no others. */
export function factDomains(rule: ParsedRule, { schemas }: CheckContext): FactDomains {
  const { facts } = catalogueOf(rule.on, schemas)
  return (subject) => {
    const base = baseDomain(subject)
    const values = subject.kind === 'fact' ? facts.get(subject.path.text)?.values : null
    return values ? commonDomain(base, { ...domainOf(values), absent: true }) : base
  }
}

/** What the subject is called in a message. */
export type SubjectName = (subject: Subject) => string

/** Where each node of a rule hangs. */
export type Parents = ReadonlyMap<string, Group>

export function parentsIn(group: Group): Parents {
  const parents = new Map<string, Group>()
  const visit = (node: Condition): void => {
    if (node.kind === 'comparison') return
    for (const child of node.nodes) {
      parents.set(child.id, node)
      visit(child)
    }
  }
  visit(group)
  return parents
}

/** Takes a condition out, and with it the groups that would be left empty; undefined for the last one. */
export function removal(id: string, parents: Parents): Fix | undefined {
  let path = id
  let parent = parents.get(path)
  while (parent && parent.nodes.length === 1) {
    path = parent.id
    parent = parents.get(path)
  }
  return parent && { label: 'Remove the condition', patch: [{ op: 'remove', path }] }
}

/** Spread into a finding: nothing where there is no fix. */
export function fixed(fix: Fix | undefined): { readonly fix?: Fix } {
  return fix ? { fix } : {}
}
