import { problems } from '@pineos/contract/problems.ts'
import { routes } from '@pineos/contract/routes.ts'
import { describe, expect, it } from 'vitest'
import { routesLeftOut } from '../generated/postman.ts'
import { filesLike, read } from './files.ts'

const codes = Object.keys(problems)
const tests = filesLike(/\.test\.ts$/)
  .map(({ text }) => text)
  .join('\n')

describe('every problem code', () => {
  it('is raised somewhere in the service or the core', () => {
    const code = filesLike(/^(server|core)\/.*\.ts$/)
      .filter(({ file }) => !file.endsWith('.test.ts'))
      .map(({ text }) => text)
      .join('\n')
    expect(
      codes.filter((name) => !code.includes(`'${name}'`) && !code.includes(`${name}:`)),
    ).toEqual([])
  })

  it('is provoked by a test', () => {
    expect(codes.filter((name) => !tests.includes(name))).toEqual([])
  })

  it('is documented', () => {
    const page = read('docs/reference/problems.md')
    expect(codes.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })
})

describe('every route', () => {
  it('is asked by a test over HTTP', () => {
    const acceptance = filesLike(/^e2e\/.*\.ts$/)
      .map(({ text }) => text)
      .join('\n')
    const stems = Object.values(routes).map(({ path }) => path.split('/{')[0] ?? path)
    expect(stems.filter((stem) => stem !== '/' && !acceptance.includes(stem))).toEqual([])
  })

  it('is in the Postman collection', () => {
    expect(routesLeftOut()).toEqual([])
  })
})
