import * as kinds from './kinds.ts'

/** How a value is shown to people: `hidden` not at all, `password` without the password of the URL. */
export type Masking = 'none' | 'hidden' | 'password'

/** One key of the configuration. */
export interface Setting<Value, Default extends Value | undefined> {
  readonly kind: kinds.Kind<Value>
  /** What holds where the key is not set; undefined where nothing does. */
  readonly default: Default
  /** In the documents instead of the default, where that depends on another key. */
  readonly defaultNote?: string
  /** What is counted: `ms`, `commands`, `connections`. */
  readonly unit?: string
  readonly masking?: Masking
  readonly description: string
}

const setting = <Value, const Default extends Value | undefined = undefined>(
  value: Setting<Value, Default>,
): Setting<Value, Default> => value

const serving = {
  HOST: setting({
    kind: kinds.host,
    default: '127.0.0.1',
    description: 'Address to listen on. 0.0.0.0 or :: take connections from other machines.',
  }),
  PORT: setting({
    kind: kinds.integer(0, 65_535),
    default: 8_000,
    description: 'Port of API and user interface. 0 takes a free one.',
  }),
  PUBLIC_URL: setting({
    kind: kinds.publicUrl,
    default: undefined,
    description: 'Address at which others reach the service, where a proxy stands before it.',
  }),
  TRUST_PROXY: setting({
    kind: kinds.proxyHops,
    default: false,
    description:
      'How many proxies before the service may name the client in X-Forwarded-For. true trusts any sender of the header: only where nothing but proxies can reach the service.',
  }),
  CORS_ORIGINS: setting({
    kind: kinds.origins,
    default: [],
    defaultNote: 'none',
    description: 'Origins whose pages may call the API from a browser, with commas between.',
  }),
  REQUEST_TIMEOUT_MS: setting({
    kind: kinds.integer(1_000, 600_000),
    default: 30_000,
    unit: 'ms',
    description: 'A request must have arrived whole after this time.',
  }),
  DRAIN_DELAY_MS: setting({
    kind: kinds.integer(0, 300_000),
    default: 0,
    unit: 'ms',
    description:
      'After SIGTERM, how long to go on serving while /readyz already says no. Behind a load balancer, more than its probe period.',
  }),
  SHUTDOWN_TIMEOUT_MS: setting({
    kind: kinds.integer(1_000, 600_000),
    default: 25_000,
    unit: 'ms',
    description: 'After the drain delay, how long requests and the journal may take to finish.',
  }),
  LOG_LEVEL: setting({
    kind: kinds.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    description: 'Least severity of the log lines, which are JSON on standard error.',
  }),
}

const database = {
  DATABASE_URL: setting({
    kind: kinds.postgresUrl,
    default: undefined,
    defaultNote: 'the embedded PostgreSQL in DATA_DIR',
    masking: 'password',
    description: 'PostgreSQL 15 or later to use in place of the embedded one.',
  }),
  MIGRATION_DATABASE_URL: setting({
    kind: kinds.postgresUrl,
    default: undefined,
    defaultNote: 'DATABASE_URL',
    masking: 'password',
    description:
      'The same database as its owner, for migrations, where DATABASE_URL names a user with fewer rights.',
  }),
  DATA_DIR: setting({
    kind: kinds.directory,
    default: './data',
    description: 'Directory of the embedded PostgreSQL and of the API key made at the first start.',
  }),
  PG_BIN_DIR: setting({
    kind: kinds.directory,
    default: undefined,
    description:
      'Directory with initdb and postgres 15 or later, to run in place of the embedded binaries.',
  }),
  DATABASE_POOL_MAX: setting({
    kind: kinds.integer(1, 500),
    default: 10,
    unit: 'connections',
    description: 'Connections for everything but the journal, which has its own.',
  }),
  DATABASE_STATEMENT_TIMEOUT_MS: setting({
    kind: kinds.integer(100, 600_000),
    default: 10_000,
    unit: 'ms',
    description: 'The database ends a statement that runs longer.',
  }),
  DATABASE_LOCK_TIMEOUT_MS: setting({
    kind: kinds.integer(10, 600_000),
    default: 2_000,
    unit: 'ms',
    description: 'The database ends a statement that waits longer for a lock.',
  }),
  DATABASE_QUERY_TIMEOUT_MS: setting({
    kind: kinds.integer(100, 600_000),
    default: 12_000,
    unit: 'ms',
    description:
      'The service gives up on an answer after this time, which also ends waits on a dead connection. Longer than the statement timeout.',
  }),
  DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: setting({
    kind: kinds.integer(100, 600_000),
    default: 15_000,
    unit: 'ms',
    description:
      'The database ends a session that leaves a transaction open and idle for longer. Sessions of the journal end after two seconds at most.',
  }),
}

const journal = {
  JOURNAL_QUEUE_MAX: setting({
    kind: kinds.integer(1, 1_000_000),
    default: 20_000,
    unit: 'commands',
    description: 'Commands that may wait; more are answered 503 with Retry-After.',
  }),
  JOURNAL_BATCH_MAX: setting({
    kind: kinds.integer(1, 10_000),
    default: 1_000,
    unit: 'commands',
    description: 'Commands that one commit carries at most.',
  }),
  JOURNAL_DEADLINE_MS: setting({
    kind: kinds.integer(100, 300_000),
    default: 10_000,
    unit: 'ms',
    description:
      'A command whose outcome is not known by then is answered 503: retry with the same key.',
  }),
}

const adjustments = {
  ADJUSTMENT_APPROVAL_CENTS: setting({
    kind: kinds.approvalThreshold,
    default: { otherwiseCents: 100_000, centsByCurrency: {} },
    unit: 'minor units',
    description:
      'A manual adjustment of more than this waits for the approval of a second person; 0 makes every one wait. Currencies may have amounts of their own: 100000,JPY=50000.',
  }),
  ADJUSTMENT_LAPSE_DAYS: setting({
    kind: kinds.integer(1, 3_650),
    default: 30,
    unit: 'days',
    description: 'An adjustment that nobody has decided on lapses after this time.',
  }),
}

const rules = {
  PROGRAM_TIMEZONE: setting({
    kind: kinds.timezone,
    default: 'UTC',
    description:
      'IANA name of the time zone whose days, weeks and months rules count by. It stays once something was counted.',
  }),
  RULE_APPROVAL: setting({
    kind: kinds.boolean,
    default: false,
    description:
      'Whether a version of a rule needs the approval of a second person before it can be published.',
  }),
}

const tamperEvidence = {
  LOG_SIGNING_KEY: setting({
    kind: kinds.signingKey,
    default: undefined,
    defaultNote: 'one is made in DATA_DIR',
    masking: 'hidden',
    description:
      'Private key that tree heads are signed with. Several processes on one database need the same.',
  }),
  LOG_ORIGIN: setting({
    kind: kinds.logOrigin,
    default: 'pineos-referral',
    description: 'Name of the log in its tree heads, such as ledger.example.com.',
  }),
  LOG_SEAL_INTERVAL_MS: setting({
    kind: kinds.integer(50, 3_600_000),
    default: 1_000,
    unit: 'ms',
    description: 'Under load, entries are sealed in the log and a head is signed this often.',
  }),
  LOG_WITNESS_FILE: setting({
    kind: kinds.directory,
    default: undefined,
    description:
      'File to append tree heads to, a line of JSON each: on another disk than the data.',
  }),
  LOG_WITNESS_URL: setting({
    kind: kinds.publicUrl,
    default: undefined,
    description: 'Address to POST tree heads to as JSON.',
  }),
  LOG_WITNESS_INTERVAL_MS: setting({
    kind: kinds.integer(100, 86_400_000),
    default: 60_000,
    unit: 'ms',
    description: 'A witness is given the newest tree head this often, where there is a new one.',
  }),
}

const proof = {
  PROOF_ENTRIES_MAX: setting({
    kind: kinds.integer(0, 100_000),
    default: 5_000,
    unit: 'entries',
    description:
      'Entries that the proof of zero in the background looks at a second at most, among the newest and in its round each. 0 turns it off.',
  }),
  PROOF_ROUND_MS: setting({
    kind: kinds.integer(1_000, 86_400_000),
    default: 60_000,
    unit: 'ms',
    description: 'How long after the beginning of a round through all accounts the next may begin.',
  }),
  METRICS_PUBLIC: setting({
    kind: kinds.boolean,
    default: false,
    description:
      'Whether /metrics answers without a key; otherwise it needs one with the scope metrics:read.',
  }),
}

const content = {
  BOOTSTRAP_API_KEY: setting({
    kind: kinds.secret,
    default: undefined,
    defaultNote: 'one is made at the first start with the embedded PostgreSQL',
    masking: 'hidden',
    description: 'A random secret that becomes an API key with all scopes at start.',
  }),
  DEMO_DATA: setting({
    kind: kinds.boolean,
    default: undefined,
    defaultNote: 'true with the embedded PostgreSQL, false with DATABASE_URL',
    description:
      'Whether the first start fills the ledger with the events of an invented business.',
  }),
  DEFAULT_CURRENCY: setting({
    kind: kinds.currency,
    default: 'USD',
    description: 'Currency of requests that name none: an ISO 4217 code.',
  }),
}

/** Every key in the order of the documents, under the heading it stands under there. */
export const settingGroups = {
  'Serving requests': serving,
  Database: database,
  Journal: journal,
  Adjustments: adjustments,
  Rules: rules,
  'Tamper evidence': tamperEvidence,
  'Proof and metrics': proof,
  Content: content,
} as const

/** Every key of the configuration: the one place where they are described. */
export const settings = {
  ...serving,
  ...database,
  ...journal,
  ...adjustments,
  ...rules,
  ...tamperEvidence,
  ...proof,
  ...content,
}

export type SettingName = keyof typeof settings

// Object.keys loses the literal type; the table above is the only source of its keys.
export const settingNames = Object.keys(settings) as readonly SettingName[]

/**
 * Pairs of which the first must be less than the second: an outer time limit that ends before the
 * inner one would hide what really happened.
 */
export const settingOrders: readonly (readonly [SettingName, SettingName])[] = [
  ['DATABASE_LOCK_TIMEOUT_MS', 'DATABASE_STATEMENT_TIMEOUT_MS'],
  ['DATABASE_STATEMENT_TIMEOUT_MS', 'DATABASE_QUERY_TIMEOUT_MS'],
  ['JOURNAL_DEADLINE_MS', 'REQUEST_TIMEOUT_MS'],
]
