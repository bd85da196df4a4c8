/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  readonly keyword: string
  readonly text: string
}

/** A stage: what follows one FROM. */
export interface Stage {
  readonly image: string
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

/** What a COPY brings into the image, and from which stage; from the build context where that is absent. */
export interface Copy {
  readonly from: string | undefined
  readonly sources: readonly string[]
  readonly target: string
}

/**
 * The stages of a Dockerfile, as far as ours uses the language: comments, continued lines and FROM
 * with an optional name. Fails on an instruction before the first FROM.
 */
export function parseDockerfile(text: string): Stage[] {
  const stages: { image: string; name: string | undefined; instructions: Instruction[] }[] = []
  for (const { keyword, text: content } of instructionsOf(text)) {
    if (keyword === 'FROM') {
      const [image = '', , name] = content.split(/\s+/)
      stages.push({ image, name, instructions: [] })
      continue
    }
    const stage = stages.at(-1)
    if (!stage) throw new Error(`${keyword} stands before the first FROM`)
    stage.instructions.push({ keyword, text: content })
  }
  return stages
}

export function copiesOf({ instructions }: Stage): Copy[] {
  return textsOf(instructions, 'COPY').map((text) => {
    const words = text.split(/\s+/)
    const from = words[0]?.startsWith('--from=')
      ? words.shift()?.slice('--from='.length)
      : undefined
    return { from, sources: words.slice(0, -1), target: words.at(-1) ?? '' }
  })
}

/** The variables that ENV sets. */
export function environmentOf({ instructions }: Stage): Record<string, string> {
  const pairs = textsOf(instructions, 'ENV').flatMap((text) => text.split(/\s+/))
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [name, value.join('=')]
    }),
  )
}

/** The arguments of the last instruction of the kind, which must be in exec form: a JSON array. */
export function execFormOf({ instructions }: Stage, keyword: 'CMD' | 'HEALTHCHECK'): string[] {
  const text = textsOf(instructions, keyword).at(-1) ?? ''
  const list = text.slice(text.indexOf('['))
  return JSON.parse(list) as string[]
}

/** What follows the keyword, for each instruction of the kind. */
export function textsOf(instructions: readonly Instruction[], keyword: string): string[] {
  return instructions.filter((one) => one.keyword === keyword).map((one) => one.text)
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s*#/.test(line))
  return lines
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => {
      const [, keyword = '', content = ''] = /^(\S+)\s+(.*)$/.exec(line.trim()) ?? []
      return { keyword: keyword.toUpperCase(), text: content }
    })
}
