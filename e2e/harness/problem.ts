import { type ProblemCode, problems } from '@pineos/contract/problems.ts'
import { expect } from 'vitest'
import type { Answer } from './api.ts'

/** What no caller may ever read: traces of our code, of the database or of its language. */
const leak =
  /node_modules|\bat \S+ \(|\.[jt]s:\d|\bSQL|select .* from|insert into|violates|constraint|relation "|syntax error at|pg_|ECONN|postgres/i

/**
 * The answer is the problem document of the code, as the catalogue has it, and gives nothing away.
 * Gives its body for further looks.
 */
export function expectProblem(answer: Answer, code: ProblemCode): Answer['body'] {
  const { body } = answer
  expect(body).toMatchObject({ code })
  expect(answer.status).toBe(problems[code].status)
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expectProblemDocument(body, code)
  return body
}

/** The same for a document that stands inside of an answer, such as in the results of a batch. */
export function expectProblemDocument(document: Answer['body'], code: ProblemCode): void {
  expect(document).toMatchObject({
    type: `/docs/problems#${code}`,
    title: problems[code].title,
    status: problems[code].status,
    code,
    detail: expect.stringMatching(/\S/),
    request_id: expect.stringMatching(/^[\w.:-]{1,100}$/),
  })
  expect(JSON.stringify(document)).not.toMatch(leak)
}
