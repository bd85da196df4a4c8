#!/usr/bin/env node
import process from 'node:process'
import { parseArgs } from 'node:util'
import { DocumentFailure } from './documents.ts'
import { type VerifyRequest, verifyFiles } from './verify.ts'

const usage = `Checks heads, proofs and exports of the tamper-evident log with the public key alone.

  verify-log --key key.pem --head head.json
  verify-log --key key.pem --inclusion proof.json [--head head.json]
  verify-log --key key.pem --head head.json --earlier-head old.json --consistency proof.json
  verify-log --key key.pem --head head.json --log entries.ndjson [--earlier-head heads.ndjson]

--key, --head, --earlier-head and --inclusion may be given more than once. A file of heads has one as
JSON or one on each line. Ends with 0 where all is right, 1 where something is not, 2 where it could
not be read.`

process.exitCode = await run(process.argv.slice(2))

async function run(args: readonly string[]): Promise<number> {
  try {
    const request = requestOf(args)
    if (!request) {
      process.stdout.write(`${usage}\n`)
      return 2
    }
    const findings = await verifyFiles(request)
    for (const { isRight, text } of findings) {
      process.stdout.write(`${isRight ? 'right' : 'WRONG'}: ${text}\n`)
    }
    return findings.every(({ isRight }) => isRight) ? 0 : 1
  } catch (error) {
    if (!(error instanceof DocumentFailure || error instanceof TypeError)) throw error
    process.stderr.write(`error: ${error.message}\n`)
    return 2
  }
}

/** Undefined where the arguments ask for nothing. */
function requestOf(args: readonly string[]): VerifyRequest | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      key: { type: 'string', multiple: true, default: [] },
      head: { type: 'string', multiple: true, default: [] },
      'earlier-head': { type: 'string', multiple: true, default: [] },
      inclusion: { type: 'string', multiple: true, default: [] },
      consistency: { type: 'string' },
      log: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const request: VerifyRequest = {
    keyPaths: values.key,
    headPaths: values.head,
    earlierHeadPaths: values['earlier-head'],
    logPath: values.log,
    inclusionPaths: values.inclusion,
    consistencyPath: values.consistency,
  }
  const { keyPaths, headPaths, earlierHeadPaths, inclusionPaths } = request
  const isAsking = headPaths.length + earlierHeadPaths.length + inclusionPaths.length > 0
  return values.help || keyPaths.length === 0 || !isAsking ? undefined : request
}
