import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const verifier = fileURLToPath(new URL('../../verifier/dist/verify-log.js', import.meta.url))

/** An option of the verifier with what is to be in its file: text as it is, anything else as JSON. */
export type VerifierFile = readonly [option: string, content: unknown]

export interface VerifierAnswer {
  readonly status: number | null
  readonly output: string
}

/** Runs the built verifier as a process of its own, on files and with nothing else. */
export function runVerifier(files: readonly VerifierFile[]): VerifierAnswer {
  const directory = mkdtempSync(join(tmpdir(), 'pineos-verifier-'))
  try {
    const args = files.flatMap(([option, content], index) => {
      const path = join(directory, `file-${index}`)
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
      return [`--${option}`, path]
    })
    const { status, stdout, stderr } = spawnSync(process.execPath, [verifier, ...args], {
      encoding: 'utf8',
      env: {},
    })
    return { status, output: stdout + stderr }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
