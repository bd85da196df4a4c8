import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { version } from '../version.ts'
import { runConfig } from './config.ts'
import { runDemoCommand } from './demo.ts'
import { errorMessage } from './error-message.ts'
import {
  parseKeyId,
  parseKeyName,
  parseOwnerId,
  parseScopes,
  runKeysCreate,
  runKeysList,
  runKeysRevoke,
} from './keys.ts'
import { runLedgerExport } from './ledger-export.ts'
import { runLedgerImport } from './ledger-import.ts'
import { runMigrate } from './migrate.ts'
import { runQuarantineLift, runQuarantineList } from './quarantine.ts'
import { runStart } from './start.ts'
import { processTerminal, type Terminal } from './terminal.ts'
import { runVerify, type VerifyCommandOptions } from './verify.ts'

/** What a command ended with: well, with an error that was told, or not understood. */
export const exitCodes = { done: 0, failed: 1, misused: 2 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/**
 * Runs the command that the arguments name (without the program's own name) and gives the exit code.
 * Errors are told on standard error in a sentence, never thrown. `start` returns while it serves.
 */
export async function runProgram(
  args: readonly string[],
  terminal: Terminal = processTerminal,
): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done
  const program = createProgram(terminal, (isRight) => {
    exitCode = isRight ? exitCodes.done : exitCodes.failed
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.done : exitCodes.misused
    }
    terminal.warn(`error: ${errorMessage(error)}`)
    return exitCodes.failed
  }
}

function createProgram(terminal: Terminal, onVerdict: (isRight: boolean) => void): Command {
  // Subcommands inherit both settings, so they come first.
  const program = new Command('pineos')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.replace(/\n$/, '')),
      writeErr: (text) => terminal.warn(text.replace(/\n$/, '')),
    })
    .description('Referral rewards: an immutable ledger and explained rules.')
    .version(version)
    .showHelpAfterError('(--help shows what can be asked for)')
    .addHelpText('after', examples('npm start', 'npm run keys -- list', 'npm run verify'))

  program
    .command('start')
    .description('start the service, with the embedded PostgreSQL unless DATABASE_URL is set')
    .addHelpText('after', examples('npm start', 'PORT=9000 DATA_DIR=/srv/pineos npm start'))
    .action(() => runStart(terminal))

  program
    .command('migrate')
    .description('bring the database to this version; the service does so itself at start')
    .option('--status', 'only show which migrations the database has')
    .addHelpText('after', examples('npm run migrate', 'npm run migrate -- --status'))
    .action((options: { status?: true }) => runMigrate(options, terminal))

  program
    .command('config')
    .description('show the configuration in effect, secrets masked')
    .option('--json', 'as JSON')
    .option('--check', 'only check it: exit code 1 and every fault where it cannot be used')
    .addHelpText('after', examples('npm run config', 'npm run config -- --check'))
    .action((options: { json?: true; check?: true }) => runConfig(options, terminal))

  program
    .command('verify')
    .description('run the proof of zero: exit code 1 where the ledger is not right')
    .option('--full', 'compare every entry, not only sums and balances')
    .option(
      '--head <file>',
      'tree heads kept from before, as JSON: the log must have grown from them',
    )
    .option('--dry-run', 'put no account in quarantine')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples(
        'npm run verify',
        'npm run verify -- --full --json',
        'npm run verify -- --full --head heads.ndjson',
      ),
    )
    .action(async (options: VerifyCommandOptions) => {
      onVerdict(await runVerify(options, terminal))
    })

  program
    .command('demo')
    .description('feed the example events to a running service; again changes nothing')
    .option('--url <url>', 'where the service is; the local one where it is absent', parseUrl)
    .option('--key <key>', 'an API key of it; the one of the first start where it is absent')
    .addHelpText(
      'after',
      examples('npm run demo', 'npm run demo -- --url https://rewards.example --key "$API_KEY"'),
    )
    .action(async (options: { url?: string; key?: string }) => {
      onVerdict(await runDemoCommand(options))
    })

  addQuarantineCommands(program, terminal)
  addKeysCommands(program, terminal)
  addLedgerCommands(program, terminal, onVerdict)
  return program
}

function addQuarantineCommands(program: Command, terminal: Terminal): void {
  const quarantine = program
    .command('quarantine')
    .description('list accounts whose books contradict each other, and lift their quarantine')
    .addHelpText(
      'after',
      examples(
        'npm run quarantine -- list',
        'npm run quarantine -- lift --user alice --currency USD --reason "Restored from backup"',
      ),
    )

  quarantine
    .command('list')
    .description('list accounts in quarantine, newest first')
    .option('--all', 'those that were lifted too')
    .option('--json', 'as JSON')
    .action((options: { all?: true; json?: true }) => runQuarantineList(options, terminal))

  quarantine
    .command('lift')
    .description('check an account once more and let it be posted to again')
    .requiredOption('--user <id>', 'whose account')
    .requiredOption('--currency <code>', 'in which currency')
    .requiredOption('--reason <text>', 'why, kept for ever')
    .option('--force', 'although it is still faulty')
    .action((options: Parameters<typeof runQuarantineLift>[0]) =>
      runQuarantineLift(options, terminal),
    )
}

function addKeysCommands(program: Command, terminal: Terminal): void {
  const keys = program
    .command('keys')
    .description('create, list and revoke API keys; works while the service runs')
    .addHelpText(
      'after',
      examples(
        'npm run keys -- create --name "Shop backend" --scopes events:write,ledger:read',
        'npm run keys -- list',
      ),
    )

  keys
    .command('create')
    .description('create an API key and print its secret, this once')
    .requiredOption('--name <name>', 'what people call the key', parseKeyName)
    .requiredOption('--scopes <scopes>', 'names with commas between, or "all"', parseScopes)
    .option(
      '--owner <owner>',
      'the person or team it belongs to, who can approve what others propose',
      parseOwnerId,
    )
    .option('--json', 'as JSON')
    .action((options: Parameters<typeof runKeysCreate>[0]) => runKeysCreate(options, terminal))

  keys
    .command('list')
    .description('list API keys, oldest first')
    .option('--json', 'as JSON')
    .action((options: { json?: true }) => runKeysList(options, terminal))

  keys
    .command('revoke')
    .description('revoke an API key; revoking again changes nothing')
    .argument('<id>', 'the id of the key, as `keys list` shows it', parseKeyId)
    .action((id: string) => runKeysRevoke(id, terminal))
}

function addLedgerCommands(
  program: Command,
  terminal: Terminal,
  onVerdict: (isRight: boolean) => void,
): void {
  const ledger = program
    .command('ledger')
    .description('export the whole ledger, or import it into an empty database')
    .addHelpText(
      'after',
      examples(
        'npm run ledger -- export --output ledger.ndjson',
        'npm run ledger -- import --input ledger.ndjson',
      ),
    )

  ledger
    .command('export')
    .description('write everything but API keys as lines of JSON; works while the service runs')
    .option('--output <file>', 'where to; standard output where it is absent')
    .option('--force', 'replace the file')
    .action((options: { output?: string; force?: true }) => runLedgerExport(options, terminal))

  ledger
    .command('import')
    .description('import an export, and prove it, into a database without a ledger: all or nothing')
    .requiredOption('--input <file>', 'the export')
    .option('--dry-run', 'do everything and keep nothing')
    .action(async (options: { input: string; dryRun?: true }) => {
      onVerdict(await runLedgerImport(options, terminal))
    })
}

function parseUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/i.test(text)) return text
  throw new InvalidArgumentError('An address is like http://127.0.0.1:8000.')
}

function examples(...commands: readonly string[]): string {
  return ['', 'Examples:', ...commands.map((command) => `  ${command}`)].join('\n')
}
