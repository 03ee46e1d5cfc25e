/**
 * Every setting that Hunter reads, in one place. A test keeps `.env.example` in line with it. The settings need no zod:
 * a cold start would read it for them alone, and it was two fifths of the code.
 */
import { CONFIG_KEY_CHARACTERS_MIN } from '#backups/config/key-rules'
import { AppError } from '#platform/errors'
import { INSTANCES_MAX } from '#deployment/instances'
import { isTimeOfDay, isTimezone } from '#platform/local-time'
import { LOG_LEVELS } from '#platform/log'
import { ADDRESS_REQUESTS_PER_MINUTE, KEY_REQUESTS_PER_MINUTE } from '#platform/request-limits'

/** How the text of a setting becomes a value. */
interface SettingKind<Value, Unset = Value> {
  /** Returns undefined for a text that is not valid. */
  read: (text: string) => Value | undefined
  /** Completes "HUNTER_PORT …", such as "must be on or off". */
  problem: string
  /** The value of a setting that is not set. */
  unset: Unset
}

const wholeNumber = (minimum: number, maximum: number, unset: number): SettingKind<number> => ({
  read: (text) => {
    const value = text.trim() === '' ? NaN : Number(text)
    return Number.isSafeInteger(value) && value >= minimum && value <= maximum ? value : undefined
  },
  problem: `must be a whole number from ${minimum} to ${maximum}`,
  unset,
})

const oneOf = <const Word extends string>(
  words: readonly Word[],
  unset: NoInfer<Word>,
  problem: string,
): SettingKind<Word> => ({ read: (text) => words.find((word) => word === text), problem, unset })

const onOrOff = (unset: 'on' | 'off') => oneOf(['on', 'off'], unset, 'must be on or off')

const text = <Unset extends string | undefined>(
  unset: Unset,
  isValid: (given: string) => boolean = () => true,
  problem = '',
): SettingKind<string, Unset> => ({ read: (given) => (isValid(given) ? given : undefined), problem, unset })

/** Splits a list at its commas; each part must be valid. */
const list = <Unset extends string[] | undefined>(
  unset: Unset,
  isValid: (part: string) => boolean = () => true,
  problem = '',
): SettingKind<string[], Unset> => ({
  read: (given) => {
    const parts = given
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean)
    return parts.every(isValid) ? parts : undefined
  },
  problem,
  unset,
})

const POSTGRES_URL = /^postgres(ql)?:\/\/.+/
const postgresUrl = text(
  undefined,
  (given) => POSTGRES_URL.test(given),
  'must be a URL such as postgres://user:password@host:5432/database',
)

/** Spaces around a URL are dropped: a pasted secret often ends in a newline. */
const httpUrl: SettingKind<string, undefined> = {
  read: (given) => {
    const url = given.trim()
    return /^https?:\/\/\S+$/i.test(url) && URL.canParse(url) ? url : undefined
  },
  problem: 'must be an http or https URL',
  unset: undefined,
}

const HOST_AND_PORT = /^(?:\[[0-9a-f:]+\]|[0-9.]+)(?::\d{1,5})?$/i
const SOURCE_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

function isHostAndPort(text: string): boolean {
  return /^(?:\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::\d+)?$/i.test(text) && URL.canParse(`tcp://${text}`)
}

function isMailSender(text: string): boolean {
  return /^[^\s@<>"]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(text)
}

function isConfigurationSet(text: string): boolean {
  return /^[\w-]{1,64}$/.test(text)
}

export const SETTINGS = {
  HUNTER_ENV: oneOf(['local', 'test', 'live'], 'local', 'must be local, test or live'),
  HUNTER_LOG_LEVEL: oneOf(LOG_LEVELS, 'info', `must be one of ${LOG_LEVELS.join(', ')}`),
  HUNTER_PROGRESS: onOrOff('on'),
  HUNTER_DATA_DIR: text('.hunter'),
  HUNTER_PORT: wholeNumber(0, 65_535, 8787),
  HUNTER_DATABASE_URL: postgresUrl,
  HUNTER_MIGRATION_LOCK_TIMEOUT_MS: wholeNumber(0, 3_600_000, 5_000),
  HUNTER_MIGRATION_STATEMENT_TIMEOUT_MS: wholeNumber(0, 86_400_000, 240_000),
  HUNTER_DNS_SERVERS: list(
    [],
    (part) => HOST_AND_PORT.test(part),
    'must be addresses such as 1.1.1.1 or 127.0.0.1:5353, separated by commas',
  ),
  HUNTER_DNS_QUERY_TIMEOUT_MS: wholeNumber(50, 30_000, 2_000),
  HUNTER_SCAN_BUDGET_MS: wholeNumber(100, 60_000, 8_000),
  HUNTER_DNS_LIMIT_PER_SECOND: wholeNumber(1, 100_000, 10),
  HUNTER_REGISTRATION: onOrOff('on'),
  HUNTER_WHOIS_LIMIT_PER_SECOND: wholeNumber(1, 1_000, 5),
  HUNTER_RDAP_BOOTSTRAP_URL: httpUrl,
  HUNTER_TRABIS_SERVER: text(undefined, isHostAndPort, 'must be a host or host:port'),
  HUNTER_IP_ENRICHMENT: onOrOff('off'),
  HUNTER_ALERT_FROM: text(undefined, isMailSender, 'must be an address such as alerts@acme.com.tr'),
  HUNTER_ALERT_REPORTS: text(undefined, isConfigurationSet, 'must be the name of a configuration set of Amazon SES'),
  HUNTER_ALERT_HOSTS: list([], isHostAndPort, 'must be hosts such as 127.0.0.1:8788, separated by commas'),
  HUNTER_PUBLIC_URL: httpUrl,
  HUNTER_PARTNER_CLIENT_SECRET: text(undefined),
  HUNTER_PARTNER_URL: httpUrl,
  HUNTER_KEY_LIMIT_PER_MINUTE: wholeNumber(1, 1_000_000, KEY_REQUESTS_PER_MINUTE),
  HUNTER_KEY_OPEN_DOMAINS: wholeNumber(1, 10_000_000, 20_000),
  HUNTER_IP_LIMIT_PER_MINUTE: wholeNumber(1, 1_000_000, ADDRESS_REQUESTS_PER_MINUTE),
  HUNTER_FAILED_KEY_LIMIT_PER_MINUTE: wholeNumber(1, 1_000_000, 30),
  HUNTER_API_INSTANCES: wholeNumber(1, 1_000_000, INSTANCES_MAX.api),
  HUNTER_CORS_ORIGINS: list([], isOrigin, 'must be origins such as https://app.example.com, separated by commas'),
  HUNTER_METRICS: oneOf(['open', 'key'], 'key', 'must be open or key'),
  HUNTER_BACKUP_SOURCE: text(
    'hunter',
    (name) => SOURCE_NAME.test(name),
    'must be lower-case letters, digits and dashes',
  ),
  HUNTER_BACKUP_TIME: text('03:00', isTimeOfDay, 'must be a time such as 03:00'),
  HUNTER_BACKUP_TIMEZONE: text('Europe/Istanbul', isTimezone, 'must be a name such as Europe/Istanbul'),
  HUNTER_BACKUP_STREAMS: wholeNumber(1, 16, 3),
  HUNTER_BACKUP_ALLOW_INCOMPLETE: onOrOff('off'),
  HUNTER_BACKUP_CONFIG: list(undefined),
  HUNTER_BACKUP_PARAMETERS: list(
    [],
    (part) => part.startsWith('/'),
    'must be paths such as /hunter/live, separated by commas',
  ),
  HUNTER_BACKUP_KEY: text(
    undefined,
    (key) => key.length >= CONFIG_KEY_CHARACTERS_MIN,
    `must have ${CONFIG_KEY_CHARACTERS_MIN} characters or more`,
  ),
  HUNTER_RDS_CLUSTER: text(undefined),
  HUNTER_RDS_INSTANCE: text(undefined),
  HUNTER_PROOF_SCRATCH_URL: postgresUrl,
  HUNTER_PROOF_MINUTES: wholeNumber(0, 10_080, 0),
  SENTRY_DSN: httpUrl,
} as const satisfies Record<string, SettingKind<unknown, unknown>>

export type Settings = {
  [Name in keyof typeof SETTINGS]: (typeof SETTINGS)[Name] extends SettingKind<infer Value, infer Unset>
    ? Value | Unset
    : never
}

/**
 * Reads the settings from environment variables; an empty one counts as not set.
 * @throws AppError SETTING_INVALID, which names every bad setting and what it must be, but never its value
 */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const kinds: [string, SettingKind<unknown, unknown>][] = Object.entries(SETTINGS)
  const values = kinds.map(([name, { read, unset }]): [string, unknown] => {
    const given = env[name]
    return [name, given ? read(given) : unset]
  })
  const settings = Object.fromEntries(values)
  const problems = kinds
    .filter(([name]) => env[name] && settings[name] === undefined)
    .map(([name, { problem }]) => `${name} ${problem}`)
  if (problems.length > 0) throw new AppError('SETTING_INVALID', problems.join('; '), { details: { problems } })
  return settings as Settings
}
