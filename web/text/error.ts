import { ProblemError } from '@pineos/contract/client.ts'
import { problems } from '@pineos/contract/problems.ts'
import { text } from './en.ts'

/** What went wrong and what to do about it: of a refusal what the problem catalogue says. */
export function describeError(error: Error): string {
  if (!(error instanceof ProblemError)) return text.unreachable
  const { code, detail } = error.problem
  const known = Object.entries(problems).find(([name]) => name === code)
  return known ? `${detail} ${known[1].help}` : detail
}
