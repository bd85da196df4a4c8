import { eventRoles } from './condition.ts'
import { shareNameCharactersMax } from './limits.ts'
import { shareMembers } from './members.ts'
import type { ParseContext } from './parse-context.ts'
import { isGiven, type Part, readChoiceOr, readHundredths, readMembers, readText } from './part.ts'
import type { UserShare } from './rule.ts'

const wholePercent = 100

/** Reads a share of the users; null where none is given. */
export function parseShare(part: Part, { faults }: ParseContext): UserShare | null {
  if (!isGiven(part)) return null
  const parts = readMembers(part, shareMembers, faults)
  return parts
    ? {
        basisPoints: readHundredths(parts.percent, wholePercent, faults),
        by: readChoiceOr(parts.by, eventRoles, 'referrer', faults),
        name: isGiven(parts.name) ? readText(parts.name, shareNameCharactersMax, faults) : '',
      }
    : null
}
