/** The options of `hunter backup run`. */
import { checkTags } from '#backups/operations/notes'
import type { SeriesOverrides } from '#backups/operations/series'
import { allowClockSkewArg, jsonArg, scratchArg } from '#cli/backup/report'

export const runArgs = {
  source: {
    type: 'string',
    valueHint: 'postgres://…|sqlite:PATH',
    description: "Database to back up, also in psql's forms service=NAME and host=… dbname=… (default: the stack's)",
  },
  dest: {
    type: 'string',
    valueHint: 'DIR|s3://…',
    description: "Where to store the backup: a folder or s3://bucket/prefix (default: the stack's bucket)",
  },
  name: { type: 'string', description: "With --dest, the name of the backups (default: the database's)" },
  config: {
    type: 'string',
    valueHint: 'FILE,DIR',
    description: 'Settings to store beside the data (default: HUNTER_BACKUP_CONFIG)',
  },
  'database-only': { type: 'boolean', description: 'Store no settings' },
  'config-only': { type: 'boolean', description: 'Store only the settings' },
  compress: {
    type: 'boolean',
    default: true,
    description: 'Compress the data with gzip',
    negativeDescription: 'Store plain SQL',
  },
  roles: { type: 'boolean', description: "Store the server's roles, too: attributes, settings and memberships" },
  'role-passwords': {
    type: 'boolean',
    description: 'Store the roles with their password hashes, encrypted with HUNTER_BACKUP_KEY',
  },
  schema: {
    type: 'string',
    valueHint: 'PATTERN',
    description:
      'Only these schemas of a Postgres database, under their own --name (* and ? as in pg_dump); repeatable',
  },
  table: { type: 'string', valueHint: 'PATTERN', description: 'Only these tables, like --schema; repeatable' },
  'exclude-table': {
    type: 'string',
    valueHint: 'PATTERN',
    description: 'Leave out these tables, from all tables or from the chosen ones; repeatable',
  },
  'allow-incomplete': {
    type: 'boolean',
    description: 'Back up what this role can read, and list the rest',
  },
  verify: {
    type: 'boolean',
    default: true,
    description: 'With --dest, prove the backup right away',
    negativeDescription: 'Skip the proof; "hunter backup verify" can prove it later',
  },
  scratch: scratchArg,
  tag: { type: 'string', valueHint: 'TAG,TAG', description: 'Tags of the backup, for "list --tag"' },
  ping: {
    type: 'string',
    valueHint: 'URL',
    description: 'Report start, success and failure to this monitor, such as Healthchecks.io',
  },
  'allow-clock-skew': allowClockSkewArg,
  'same-database': {
    type: 'boolean',
    description: 'After a move: continue the backups that another server, database or file made under this name',
  },
  json: jsonArg,
} as const

export interface RunArgs {
  source?: string | undefined
  dest?: string | undefined
  name?: string | undefined
  config?: string | undefined
  'database-only'?: boolean | undefined
  'config-only'?: boolean | undefined
  roles?: boolean | undefined
  'role-passwords'?: boolean | undefined
  schema?: string | undefined
  table?: string | undefined
  'exclude-table'?: string | undefined
  'allow-incomplete'?: boolean | undefined
  compress: boolean
  verify: boolean
  scratch?: string | undefined
  tag?: string | undefined
  ping?: string | undefined
  'allow-clock-skew'?: boolean | undefined
  'same-database'?: boolean | undefined
  json?: boolean | undefined
}

/** @throws AppError USAGE */
export function parseTags({ tag }: Pick<RunArgs, 'tag'>): string[] {
  return tag === undefined ? [] : checkTags(tag.split(',').map((each) => each.trim()))
}

/** Warnings that the caller overrides for this one run. */
export function readOverrides(args: RunArgs): SeriesOverrides {
  return { allowClockSkew: args['allow-clock-skew'], sameDatabase: args['same-database'] }
}
