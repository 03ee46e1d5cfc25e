/** Every setting that Hunter reads, in one place. A test keeps `.env.example` in line with it. */
import * as z from 'zod/mini'
import { CONFIG_KEY_CHARACTERS_MIN } from '#backups/config/key-rules'
import { AppError } from '#platform/errors'
import { INSTANCES_MAX } from '#deployment/instances'
import { isTimeOfDay, isTimezone } from '#platform/local-time'
import { LOG_LEVELS } from '#platform/log'
import { ADDRESS_REQUESTS_PER_MINUTE, KEY_REQUESTS_PER_MINUTE } from '#platform/request-limits'

const wholeNumber = (minimum: number, maximum: number, fallback: number) =>
  z._default(
    z.coerce
      .number(`must be a whole number from ${minimum} to ${maximum}`)
      .check(
        z.int(`must be a whole number from ${minimum} to ${maximum}`),
        z.gte(minimum, `must be at least ${minimum}`),
        z.lte(maximum, `must be at most ${maximum}`),
      ),
    fallback,
  )

/** Splits a list at its commas. */
function parts(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}

const HOST_AND_PORT = /^(?:\[[0-9a-f:]+\]|[0-9.]+)(?::\d{1,5})?$/i

const addressList = z.pipe(
  z._default(z.string(), ''),
  z.pipe(
    z.transform(parts),
    z.array(
      z
        .string()
        .check(z.regex(HOST_AND_PORT, 'must be addresses such as 1.1.1.1 or 127.0.0.1:5353, separated by commas')),
    ),
  ),
)

const onOrOff = (fallback: 'on' | 'off') => z._default(z.enum(['on', 'off'], 'must be on or off'), fallback)

const originList = z.pipe(
  z._default(z.string(), ''),
  z.pipe(
    z.transform(parts),
    z.array(
      z.string().check(z.refine(isOrigin, 'must be origins such as https://app.example.com, separated by commas')),
    ),
  ),
)

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

function isHostAndPort(text: string): boolean {
  return /^(?:\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::\d+)?$/i.test(text) && URL.canParse(`tcp://${text}`)
}

const postgresUrl = z.optional(
  z
    .string()
    .check(z.regex(/^postgres(ql)?:\/\/.+/, 'must be a URL such as postgres://user:password@host:5432/database')),
)

export const settingsSchema = z.object({
  HUNTER_ENV: z._default(z.enum(['local', 'test', 'live'], 'must be local, test or live'), 'local'),
  HUNTER_LOG_LEVEL: z._default(z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`), 'info'),
  HUNTER_PROGRESS: onOrOff('on'),
  HUNTER_DATA_DIR: z._default(z.string(), '.hunter'),
  HUNTER_PORT: wholeNumber(0, 65_535, 8787),
  HUNTER_DATABASE_URL: postgresUrl,
  HUNTER_MIGRATION_LOCK_TIMEOUT_MS: wholeNumber(0, 3_600_000, 5_000),
  HUNTER_MIGRATION_STATEMENT_TIMEOUT_MS: wholeNumber(0, 86_400_000, 240_000),
  HUNTER_DNS_SERVERS: addressList,
  HUNTER_DNS_QUERY_TIMEOUT_MS: wholeNumber(50, 30_000, 2_000),
  HUNTER_SCAN_BUDGET_MS: wholeNumber(100, 60_000, 8_000),
  HUNTER_DNS_LIMIT_PER_SECOND: wholeNumber(1, 100_000, 10),
  HUNTER_REGISTRATION: onOrOff('on'),
  HUNTER_WHOIS_LIMIT_PER_SECOND: wholeNumber(1, 1_000, 5),
  HUNTER_RDAP_BOOTSTRAP_URL: z.optional(z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })),
  HUNTER_TRABIS_SERVER: z.optional(z.string().check(z.refine(isHostAndPort, 'must be a host or host:port'))),
  HUNTER_IP_ENRICHMENT: onOrOff('off'),
  HUNTER_KEY_LIMIT_PER_MINUTE: wholeNumber(1, 1_000_000, KEY_REQUESTS_PER_MINUTE),
  HUNTER_KEY_OPEN_DOMAINS: wholeNumber(1, 10_000_000, 20_000),
  HUNTER_IP_LIMIT_PER_MINUTE: wholeNumber(1, 1_000_000, ADDRESS_REQUESTS_PER_MINUTE),
  HUNTER_FAILED_KEY_LIMIT_PER_MINUTE: wholeNumber(1, 1_000_000, 30),
  HUNTER_API_INSTANCES: wholeNumber(1, 1_000_000, INSTANCES_MAX.api),
  HUNTER_CORS_ORIGINS: originList,
  HUNTER_METRICS: z._default(z.enum(['open', 'key'], 'must be open or key'), 'key'),
  HUNTER_BACKUP_SOURCE: z._default(
    z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes')),
    'hunter',
  ),
  HUNTER_BACKUP_TIME: z._default(z.string().check(z.refine(isTimeOfDay, 'must be a time such as 03:00')), '03:00'),
  HUNTER_BACKUP_TIMEZONE: z._default(
    z.string().check(z.refine(isTimezone, 'must be a name such as Europe/Istanbul')),
    'Europe/Istanbul',
  ),
  HUNTER_BACKUP_STREAMS: wholeNumber(1, 16, 3),
  HUNTER_BACKUP_ALLOW_INCOMPLETE: onOrOff('off'),
  HUNTER_BACKUP_CONFIG: z.optional(z.pipe(z.string(), z.transform(parts))),
  HUNTER_BACKUP_PARAMETERS: z.pipe(
    z._default(z.string(), ''),
    z.pipe(
      z.transform(parts),
      z.array(z.string().check(z.startsWith('/', 'must be paths such as /hunter/live, separated by commas'))),
    ),
  ),
  HUNTER_BACKUP_KEY: z.optional(
    z
      .string()
      .check(z.minLength(CONFIG_KEY_CHARACTERS_MIN, `must have ${CONFIG_KEY_CHARACTERS_MIN} characters or more`)),
  ),
  HUNTER_RDS_CLUSTER: z.optional(z.string()),
  HUNTER_RDS_INSTANCE: z.optional(z.string()),
  HUNTER_PROOF_SCRATCH_URL: postgresUrl,
  HUNTER_PROOF_MINUTES: wholeNumber(0, 10_080, 0),
  SENTRY_DSN: z.optional(z.url('must be a URL')),
})

export type Settings = z.infer<typeof settingsSchema>

/**
 * Reads the settings from environment variables; an empty one counts as not set.
 * @throws AppError SETTING_INVALID, which names every bad setting and what it must be, but never its value
 */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = z.safeParse(settingsSchema, given, { jitless: true }) // used once: compiling takes longer
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`)
  throw new AppError('SETTING_INVALID', problems.join('; '), { details: { problems } })
}
